/* Why a connect, or sending a datagram, failed on IPv4 or IPv6. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/cause.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/owner.h"
#include "why/ports.h"
#include "why/route.h"
#include "why/way.h"

/* The socket that would serve the peer's address, and one that serves its port elsewhere on this host. */
struct servers {
    const struct address *peer;
    int protocol;
    bool here, elsewhere;
    struct sockdiag_socket at, near;
};

/* What this host sends to itself arrives on lo, whose index is 1 (LOOPBACK_IFINDEX in the kernel). */
#define LOOPBACK_INTERFACE 1

static bool serves_loopback(const struct sockdiag_socket *socket)
{
    return socket->interface == 0 || socket->interface == LOOPBACK_INTERFACE;
}

static int servers_visit(const struct sockdiag_socket *socket, void *data)
{
    struct servers *servers = data;
    if (socket->protocol == IPPROTO_TCP ? socket->state != TCP_LISTEN : socket->peer.length > 0)
        return 0;
    if (addresses_conflict(&socket->local, socket->v6only, servers->peer, false) && serves_loopback(socket)) {
        servers->at = *socket;
        servers->here = true;
        return 1;
    }
    if (!servers->elsewhere)
        servers->near = *socket;
    servers->elsewhere = true;
    return 0;
}

static bool servers_find(struct servers *servers)
{
    for (int i = 0; i < 2 && !servers->here; i++) {
        struct sockdiag_query query = {.family = i == 0 ? AF_INET : AF_INET6,
            .protocol = servers->protocol,
            .states = servers->protocol == IPPROTO_TCP ? SOCKDIAG_STATE(TCP_LISTEN) : SOCKDIAG_ANY_STATE,
            .port = address_port(servers->peer)};
        if (sockdiag_each(&query, servers_visit, servers) < 0)
            return false;
    }
    return true;
}

/* Reports that the address uses UDP and TCP was tried, or the other way round. */
static void cause_other_protocol(struct why *why, int protocol)
{
    int other = protocol == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
    struct servers servers = {.peer = &why->failure->address, .protocol = other};
    if (!servers_find(&servers) || !servers.here)
        return;
    struct owner owner = owner_of(&servers.at);
    emit_cause(why, OTHER_PROTOCOL, F_ADDRESS("held", &servers.at.local),
        F_TEXT("held_protocol", other == IPPROTO_TCP ? "TCP" : "UDP"),
        F_TEXT("protocol", protocol == IPPROTO_TCP ? "TCP" : "UDP"), F_OWNER(&owner));
}

static void why_refused(struct why *why, int protocol)
{
    const struct address *peer = &why->failure->address;
    struct servers servers = {.peer = peer, .protocol = protocol};
    if (why->evidence->itself) {
        emit_cause(why, SELF_CONNECT, F_ADDRESS("local", peer));
        return;
    }
    if (why->evidence->icmp.there)
        cause_icmp(why);
    else if (protocol == IPPROTO_TCP && was_answered_by_icmp(why->failure))
        cause_icmp_unseen(why);
    if (!stays_here(why->failure)) {
        if (why->emitted == 0 && protocol == IPPROTO_TCP)
            emit_cause(why, RESET_ANSWER, F_ADDRESS("address", peer));
        return;
    }
    if (!servers_find(&servers))
        return;
    if (servers.here) {
        struct owner owner = owner_of(&servers.at);
        if (protocol == IPPROTO_TCP && why->emitted == 0)
            emit_cause(why, REJECTED_LISTENER, F_ADDRESS("held", &servers.at.local), F_OWNER(&owner));
        return;
    }
    if (protocol == IPPROTO_UDP)
        emit_cause(why, NO_UDP_SOCKET, F_ADDRESS("address", peer));
    else if (why->emitted == 0)
        emit_cause(why, NOBODY_LISTENS, F_ADDRESS("address", peer));
    cause_other_protocol(why, protocol);
    if (servers.elsewhere && protocol == IPPROTO_TCP) {
        struct owner owner = owner_of(&servers.near);
        char interface[IF_NAMESIZE];
        emit_cause(why, LISTENER_ELSEWHERE, F_ADDRESS("held", &servers.near.local),
            F_TEXT("v6only", servers.near.v6only ? "for IPv6 only" : NULL),
            F_FOREIGN("interface",
                serves_loopback(&servers.near) ? NULL : if_indextoname(servers.near.interface, interface)),
            F_OWNER(&owner));
    }
}

static void why_timed_out(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    struct servers servers = {.peer = &failure->address, .protocol = protocol};
    if (protocol != IPPROTO_TCP)
        return;
    if (stays_here(failure) && servers_find(&servers) && servers.here &&
        servers.at.receive_queue > servers.at.send_queue) {
        struct owner owner = owner_of(&servers.at);
        emit_cause(why, ACCEPT_QUEUE_FULL, F_ADDRESS("held", &servers.at.local),
            F_INT("length", servers.at.receive_queue), F_INT("limit", servers.at.send_queue),
            F_OWNER(&owner));
    } else {
        cause_neighbour(why);
    }
    if (failure->evidence.tcpinfo.length > 0)
        emit_cause(why, SYN_UNANSWERED, F_ADDRESS("address", &failure->address),
            F_INT("syns", failure->evidence.tcpinfo.is.tcpi_total_retrans + 1),
            F_TIME("elapsed", failure_waited(failure)));
    if (failure->evidence.icmp.there)
        cause_icmp(why);
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
        cause_exhausted(why, protocol, protocol == IPPROTO_TCP ? &peer : NULL);
}

void why_connect(struct why *why)
{
    int protocol = why->evidence->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    if (why->failure->address.length == 0)
        return;
    switch (why->failure->error) {
    case ECONNREFUSED: why_refused(why, protocol); break;
    case ETIMEDOUT: why_timed_out(why, protocol); break;
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
