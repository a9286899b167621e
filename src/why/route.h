/* Why this host does not send to an address. */
#ifndef WHY_ROUTE_H
#define WHY_ROUTE_H

#include "why/cause.h"

/* EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL: who refused, this host's routes or somebody on the way? */
void why_unreachable(struct why *why, int protocol);

/* EPERM: the route allows it, so something else denies it. */
void why_denied_connect(struct why *why);

/* IPv6 has no address to send from: unlike IPv4, where ENETUNREACH or another interface's address comes of
 * that. */
bool cause_no_source(struct why *why, const struct address *peer);

#endif
