/* SPDX-License-Identifier: ISC */
/* Which errno is worth another try of the same call, and how many. */
#ifndef BASE_PASSES_H
#define BASE_PASSES_H

#include <errno.h>
#include <stdbool.h>

/* This many in a row are not an accident: a call that is always interrupted would keep its loop turning. */
#define PASSES_MOST 1000

/* Whether the errno of a call will pass: it was interrupted, or there was nothing to take after all. *tries
 * counts how often in a row; the caller sets it to 0 if the call succeeds. */
static inline bool passes(unsigned *tries)
{
    return (errno == EINTR || errno == EAGAIN) && ++*tries < PASSES_MOST;
}

#endif
