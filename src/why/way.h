/* SPDX-License-Identifier: ISC */
/* Who on the way to a peer failed: the next hop, or the sender of an ICMP error. */
#ifndef WHY_WAY_H
#define WHY_WAY_H

#include "why/cause.h"

/* Whether what the socket sends stays on this host; connect() to 0.0.0.0 or :: goes to loopback. */
bool stays_here(const struct failure *failure);

/* The kernel's route for the packets of the socket that failed, from that address if not NULL; as
 * route_lookup(). */
struct route;
int way_lookup(const struct failure *failure, const struct address *from, struct route *route);

/* NAT of this host sent it elsewhere, to one who gave that answer; the kernel forgets a connection at once
 * that RST refused. */
bool cause_translated(struct why *why, const char *answer);

/* The interface on the way is down, or has no carrier; false if it is neither, or not known. */
bool cause_way_down(struct why *why);

/* That no route leads to the peer, from the interface that the socket is held to if it is held to one. */
void cause_no_route(struct why *why);

/* What answered was made on this host: no link address is known by which anything could have left it. */
bool cause_not_sent(struct why *why);

/* The neighbour on the way, when the kernel looks for it in vain or has given it up; false when it is not
 * that. */
bool cause_neighbour(struct why *why);

/* Reports the ICMP error of the evidence. */
void cause_icmp(struct why *why);

/*
 * An errno that came after the SYN had gone out, without a segment coming in: ICMP made it. That message is
 * kept for IPv4 always, for IPv6 only if the socket asked for it, which ours does unless -o says otherwise.
 */
bool was_answered_by_icmp(const struct failure *failure);
void cause_icmp_unseen(struct why *why);

/* Reports who on the way to the peer failed: the sender of an ICMP error, or the next hop. */
void why_way(struct why *why);

#endif
