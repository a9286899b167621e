/* A lookup that has a time limit: getaddrinfo(3) has none of its own, and an NSS module may take any time. */
#ifndef NET_SOCKET_LOOKUP_LIMIT_H
#define NET_SOCKET_LOOKUP_LIMIT_H

#include "call/lookup.h"
#include "net/watch/watch.h"

/* As lookup_make(), in a thread, until a time of watch_now(): false when that is over, and the lookup was
 * abandoned. Where no thread can be had it waits for as long as the lookup takes. */
bool lookup_make_until(struct lookup *lookup, struct watch_list *watch, struct sink *sink, int64_t limit);

#endif
