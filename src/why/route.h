/* SPDX-License-Identifier: ISC */
/* Why this host does not send to an address. */
#ifndef WHY_ROUTE_H
#define WHY_ROUTE_H

#include "why/cause.h"

/* EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL: reports who refused, this host's routes or a host on the way. */
void why_unreachable(struct why *why, int protocol);

/* What refuses the packets: an entry of the tables, a rule, or the lack of one. */
struct route;
void cause_route(struct why *why, const struct route *route);

/* EPERM: the route allows it, so something else denies it. */
void why_denied_connect(struct why *why);

/* Reports that IPv6 has no address to send from. (IPv4 then fails with ENETUNREACH, or uses another
 * interface's address.) */
bool cause_no_source(struct why *why, const struct address *peer);

#endif
