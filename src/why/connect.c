/* SPDX-License-Identifier: ISC */
/* Why a connect, or sending a datagram, failed on IPv4 or IPv6. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "kernel/route/route.h"
#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/cause.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/owner.h"
#include "why/ports.h"
#include "why/route.h"
#include "why/way.h"

/* The address from which the peer is asked: the socket's own, or the one that the route would choose. */
static const struct address *source_of(const struct why *why, struct route *route)
{
    const struct address *own = &why->evidence->local;
    if (own->length > 0 && !address_is_wildcard(own))
        return own;
    return way_lookup(why->failure, NULL, route) == 0 && route->source.length > 0 ? &route->source : NULL;
}

/*
 * EADDRNOTAVAIL of connect, EAGAIN for UDP: the same connection already exists, there is no address to
 * connect from, or no local port is free towards the peer.
 */
static void why_no_port(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    struct address peer = failure->address, local = failure->evidence.local;
    struct sockdiag_socket found;
    struct route route;
    address_unmap(&peer);
    if (local.length > 0 && address_port(&local) > 0 &&
        sockdiag_lookup(protocol, &local, &peer, 0, &found) == 1) {
        struct owner owner = owner_of(&found);
        emit_cause(why, CONNECTION_EXISTS, F_ADDRESS("held", &found.local), F_ADDRESS("peer", &found.peer),
            F_STATE("state", found.state), expires_field(&found), F_OWNER(&owner));
        return;
    }
    /* Two UDP sockets cannot share a port by having different peers. */
    if (!cause_no_source(why, &peer))
        cause_exhausted(why, protocol, source_of(why, &route), protocol == IPPROTO_TCP ? &peer : NULL);
}

void why_connect(struct why *why)
{
    int protocol = why->evidence->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    if (why->failure->address.length == 0)
        return;
    switch (why->failure->error) {
    case ECONNREFUSED: why_refused(why, protocol); break;
    case ETIMEDOUT:
        if (protocol == IPPROTO_TCP)
            why_timed_out(why);
        break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EACCES:
    case EINVAL: why_unreachable(why, protocol); break;
    case EPERM: why_denied_connect(why); break;
    case ENODEV: cause_interface(why); break;
    case EADDRNOTAVAIL:
    case EAGAIN: why_no_port(why, protocol); break;
    case ECONNRESET:
        emit_cause(why, RESET_AFTER_HANDSHAKE, F_ADDRESS("address", &why->failure->address));
        break;
    default:
        if (why->evidence->icmp.there)
            cause_icmp(why);
        else if (protocol == IPPROTO_TCP && was_answered_by_icmp(why->failure))
            cause_icmp_unseen(why);
        break;
    }
}
