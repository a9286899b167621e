/* Which errno is worth the same call once more, and how often. */
#ifndef BASE_PASSES_H
#define BASE_PASSES_H

#include <errno.h>
#include <stdbool.h>

/* So many in a row are no accident: a call that is interrupted each time would keep its loop turning. */
#define PASSES_MOST 1000

/* Whether errno is one that passes: the call was interrupted, or there was nothing to be had after all.
 * *tries counts how often in a row; a call that succeeds sets it to 0. */
static inline bool passes(unsigned *tries)
{
    return (errno == EINTR || errno == EAGAIN) && ++*tries < PASSES_MOST;
}

#endif
