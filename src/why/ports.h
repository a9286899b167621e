/* SPDX-License-Identifier: ISC */
/* Whether two sockets want the same port, and whether any ephemeral port is left. */
#ifndef WHY_PORTS_H
#define WHY_PORTS_H

#include "why/cause.h"

/* Whether a socket bound to held prevents bind from taking wanted, ports not compared. v6only: of each one,
 * if it is an IPv6 wildcard. */
bool addresses_conflict(
    const struct address *held, bool held_v6only, const struct address *wanted, bool wanted_v6only);

/* No local port was found: how many of the ephemeral ports are taken from source (NULL: any) towards peer, or
 * if that is NULL by any socket. */
void cause_exhausted(struct why *why, int protocol, const struct address *source, const struct address *peer);

#endif
