/* Who on the way to a peer failed: the next hop, or a sender of ICMP errors. */
#ifndef WHY_WAY_H
#define WHY_WAY_H

#include "why/cause.h"

/* Whether what the socket sends stays on this host; connect() to 0.0.0.0 or :: goes to loopback. */
bool stays_here(const struct failure *failure);

/* The kernel's route for the very packets of the socket that failed, from that address if not NULL; as
 * route_lookup(). */
struct route;
int way_lookup(const struct failure *failure, const struct address *from, struct route *route);

/* The neighbour on the way, when the kernel looks for it in vain or has given it up; false when it is not
 * that. */
bool cause_neighbour(struct why *why);

/* The ICMP error that the evidence holds. */
void cause_icmp(struct why *why);

/*
 * An errno that came after the SYN had gone out, without a segment coming in: ICMP made it. The kernel keeps
 * that message for IPv4 always, for IPv6 only when the socket asked for it.
 */
bool was_answered_by_icmp(const struct failure *failure);
void cause_icmp_unseen(struct why *why);

/* Whoever on the way to the peer is known to have failed: one who sent an ICMP error, or the next hop. */
void why_way(struct why *why);

#endif
