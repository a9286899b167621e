/* Whether two sockets want the same port, and whether any ephemeral port is left. */
#ifndef WHY_PORTS_H
#define WHY_PORTS_H

#include "why/cause.h"

/* Whether a socket bound to held stands in the way of one that wants the other, as bind sees it; the ports
 * are not compared. v6only: of the two where they are IPv6 wildcards. */
bool addresses_conflict(
    const struct address *held, bool held_v6only, const struct address *wanted, bool wanted_v6only);

/* No local port was found: how many of the ephemeral ports are taken, towards peer if not NULL, else on any
 * local end. */
void cause_exhausted(struct why *why, int protocol, const struct address *peer);

#endif
