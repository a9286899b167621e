/* A lookup with a time limit: getaddrinfo(3) has none, and an NSS module may take any time. */
#ifndef NET_SOCKET_LOOKUP_LIMIT_H
#define NET_SOCKET_LOOKUP_LIMIT_H

#include "call/lookup.h"
#include "net/watch/context.h"

/* As lookup_make(), in a thread, until a time of watch_now(): false if that has passed, and the lookup was
 * abandoned. If a thread cannot be created, waits as long as the lookup takes. */
bool lookup_make_until(struct lookup *lookup, const struct context *context, int64_t limit);

#endif
