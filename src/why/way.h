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

/* Reports the neighbour on the way if the kernel cannot resolve it; false if that is not the reason. */
bool cause_neighbour(struct why *why);

/* Reports the ICMP error of the evidence. */
void cause_icmp(struct why *why);

/*
 * Whether ICMP caused the errno: it came after the SYN had gone out, but no segment came in. The kernel
 * always keeps that message for IPv4, and for IPv6 only if the socket asked for it.
 */
bool was_answered_by_icmp(const struct failure *failure);
void cause_icmp_unseen(struct why *why);

/* Reports who on the way to the peer failed: the sender of an ICMP error, or the next hop. */
void why_way(struct why *why);

#endif
