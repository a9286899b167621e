/* SPDX-License-Identifier: ISC */
/* A lookup with a time limit: getaddrinfo(3) has none, and an NSS module may take any time. */
#ifndef NET_SOCKET_LOOKUP_LIMIT_H
#define NET_SOCKET_LOOKUP_LIMIT_H

#include "call/lookup.h"
#include "net/watch/context.h"

/* As lookup_make(), in a thread, until a time of watch_now(): 1 when it has ended, 0 when the time was over
 * and it was abandoned, -1 with errno if it cannot be waited for. If no thread can be started, it waits for
 * as long as the lookup takes. */
int lookup_make_until(struct lookup *lookup, const struct context *context, int64_t limit);

#endif
