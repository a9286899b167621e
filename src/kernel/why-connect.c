/* Why a connect, or sending a datagram, failed on IPv4 or IPv6. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "kernel/icmp.h"
#include "kernel/route.h"
#include "kernel/why-cause.h"

/* The socket that would have served the peer's address, and one that serves its port elsewhere on this host. */
struct servers {
    const struct address *peer;
    int protocol;
    bool here, elsewhere;
    struct sockdiag_socket at, near;
};

/* What this host sends to itself comes in by lo, whose index is 1 (LOOPBACK_IFINDEX in the kernel). */
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
        if (sockdiag_each(&query, servers_visit, servers) == -1)
            return false;
    }
    return true;
}

/* connect() to 0.0.0.0 or :: goes to loopback. */
static bool is_here(const struct address *address)
{
    return address_is_wildcard(address) || route_is_local(address);
}

static const char *protocol_of(int family)
{
    return family == AF_INET6 ? "ICMPv6" : "ICMP";
}

/* Whom the kernel asks for a link address on the way to peer. */
static struct address next_hop(const struct route *route, const struct address *peer)
{
    struct address hop = route->gateway.length > 0 ? route->gateway : *peer;

    address_unmap(&hop);
    address_set_port(&hop, 0);
    return hop;
}

/* The neighbour on the way, when the kernel looks for it in vain or has given it up. */
static bool say_neighbour(struct why *why)
{
    const struct address *peer = &why->failure->address;
    char host[ADDRESS_TEXT_MAX];
    struct route route;

    if (route_lookup(peer, NULL, &route) == -1 || route.error != 0 || route.type == RTN_LOCAL)
        return false;
    struct address hop = next_hop(&route, peer);
    int state = route_neighbour(&hop, route.interface);
    if (state != NUD_FAILED && state != NUD_INCOMPLETE)
        return false;
    say(why, NEIGHBOUR_FAILED, F_TEXT("neighbour", host_text(&hop, host, sizeof(host))),
        F_TEXT("protocol", hop.sa.sa_family == AF_INET6 ? "NDP" : "ARP"),
        F_FOREIGN("interface", route.interface_name), F_NAME("state", names_neighbour_state, state));
    return true;
}

static bool is_host_unreachable(const struct icmp_error *icmp)
{
    return icmp->family == AF_INET6 ? icmp->type == 1 && icmp->code == 3 : icmp->type == 3 && icmp->code == 1;
}

/*
 * An ICMP error; one from this host itself, that a host is unreachable, is how the kernel tells of a neighbour, but a
 * packet filter here may say the same.
 */
static void say_icmp(struct why *why)
{
    const struct icmp_error *icmp = &why->failure->evidence.icmp;
    bool is_own =
        icmp->offender.length > 0 && route_is_local(&icmp->offender) && !is_here(&why->failure->address);
    char from[ADDRESS_TEXT_MAX];

    if (is_own && is_host_unreachable(icmp) && say_neighbour(why))
        return;
    say(why, ICMP_ERROR, F_TEXT("whose", is_own ? "this host itself" : NULL),
        F_TEXT("from", icmp->offender.length > 0 ? host_text(&icmp->offender, from, sizeof(from))
                                                 : "a host that is not known"),
        F_TEXT("protocol", protocol_of(icmp->family)),
        F_TEXT("icmp", icmp_name(icmp->family, icmp->type, icmp->code)), F_INT("type", icmp->type),
        F_INT("code", icmp->code), icmp->mtu ? F_INT("mtu", icmp->mtu) : F_NONE);
}

/*
 * An errno that came after the SYN had gone out, without a segment coming in: ICMP made it. The kernel keeps that message
 * for IPv4 always, for IPv6 only when the socket asked for it.
 */
static bool was_answered_by_icmp(const struct failure *failure)
{
    const struct tcpinfo *tcpinfo = &failure->evidence.tcpinfo;

    return !failure->evidence.icmp.there && tcpinfo->length > offsetof(struct tcp_info_full, tcpi_segs_in) &&
           tcpinfo->is.tcpi_segs_out > 0 && tcpinfo->is.tcpi_segs_in == 0;
}

static void say_icmp_unseen(struct why *why)
{
    struct address plain = why->failure->address;
    bool is_v4 = plain.sa.sa_family == AF_INET || address_unmap(&plain);

    say(why, ICMP_UNSEEN, F_ADDRESS("address", &why->failure->address),
        F_TEXT("protocol", protocol_of(is_v4 ? AF_INET : AF_INET6)),
        F_TEXT("option", is_v4 ? "IP_RECVERR" : "IPV6_RECVERR"));
}

void why_way(struct why *why)
{
    if (why->failure->evidence.icmp.there)
        say_icmp(why);
    else
        say_neighbour(why);
}

static void why_refused(struct why *why, int protocol)
{
    const struct address *peer = &why->failure->address;
    struct servers servers = {.peer = peer, .protocol = protocol};

    if (why->failure->evidence.icmp.there)
        say_icmp(why);
    else if (protocol == IPPROTO_TCP && was_answered_by_icmp(why->failure))
        say_icmp_unseen(why);
    if (!is_here(peer)) {
        if (why->said == 0 && protocol == IPPROTO_TCP)
            say(why, RESET_ANSWER, F_ADDRESS("address", peer));
        return;
    }
    if (!servers_find(&servers))
        return;
    if (servers.here) {
        struct owner owner = owner_of(&servers.at);
        if (protocol == IPPROTO_TCP && why->said == 0)
            say(why, REJECTED_LISTENER, F_ADDRESS("held", &servers.at.local), F_OWNER(&owner));
        return;
    }
    if (protocol == IPPROTO_UDP)
        say(why, NO_UDP_SOCKET, F_ADDRESS("address", peer));
    else if (why->said == 0)
        say(why, NOBODY_LISTENS, F_ADDRESS("address", peer));
    if (servers.elsewhere && protocol == IPPROTO_TCP) {
        struct owner owner = owner_of(&servers.near);
        char interface[IF_NAMESIZE];
        say(why, LISTENER_ELSEWHERE, F_ADDRESS("held", &servers.near.local),
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
    if (is_here(&failure->address) && servers_find(&servers) && servers.here &&
        servers.at.receive_queue > servers.at.send_queue) {
        struct owner owner = owner_of(&servers.at);
        say(why, ACCEPT_QUEUE_FULL, F_ADDRESS("held", &servers.at.local),
            F_INT("length", servers.at.receive_queue), F_INT("limit", servers.at.send_queue),
            F_OWNER(&owner));
    } else {
        say_neighbour(why);
    }
    if (failure->evidence.tcpinfo.length > 0)
        say(why, SYN_UNANSWERED, F_ADDRESS("address", &failure->address),
            F_INT("syns", failure->evidence.tcpinfo.is.tcpi_total_retrans + 1),
            F_TIME("elapsed", failure->elapsed));
    if (failure->evidence.icmp.there)
        say_icmp(why);
}

static void say_route(struct why *why, const struct route *route)
{
    char host[ADDRESS_TEXT_MAX], prefix[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 16];
    struct field to = F_TEXT("host", host_text(&why->failure->address, host, sizeof(host))), entry = F_NONE;

    if (route->prefix_length >= 0) {
        snprintf(text, sizeof(text), "%s/%d", host_text(&route->prefix, prefix, sizeof(prefix)),
            route->prefix_length);
        entry = F_TEXT("route", text);
    }
    switch (route->type) {
    case RTN_UNREACHABLE: say(why, ROUTE_UNREACHABLE, to, entry); break;
    case RTN_PROHIBIT: say(why, ROUTE_PROHIBIT, to, entry); break;
    case RTN_BLACKHOLE: say(why, ROUTE_BLACKHOLE, to, entry); break;
    default: say(why, NO_ROUTE, to); break;
    }
}

static bool is_mapped(const struct address *address)
{
    struct address plain = *address;

    return address_unmap(&plain);
}

/* With the address that the socket is bound to there is no way, without it there is. */
static bool say_source(struct why *why, const struct route *route)
{
    const struct failure *failure = why->failure;
    char host[ADDRESS_TEXT_MAX], source[ADDRESS_TEXT_MAX], usable[ADDRESS_TEXT_MAX];
    struct route bound;

    if (failure->local.length == 0 || address_is_wildcard(&failure->local))
        return false;
    if (route_lookup(&failure->address, &failure->local, &bound) == 0 && bound.error == 0 &&
        !(address_is_loopback(&failure->local) && route->type != RTN_LOCAL))
        return false;
    say(why, SOURCE_UNUSABLE, F_TEXT("source", host_text(&failure->local, source, sizeof(source))),
        F_TEXT("host", host_text(&failure->address, host, sizeof(host))),
        route->source.length > 0 ? F_TEXT("usable", host_text(&route->source, usable, sizeof(usable)))
                                 : F_NONE);
    return true;
}

static bool is_link_local_without_scope(const struct address *address)
{
    return address->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&address->in6.sin6_addr) &&
           address->in6.sin6_scope_id == 0;
}

/* EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL: who refused, this host's routes or somebody on the way? */
static void why_unreachable(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    char text[ADDRESS_TEXT_MAX];
    struct route route;

    if (failure->evidence.icmp.there) {
        say_icmp(why);
        return;
    }
    if (was_answered_by_icmp(failure)) {
        if (failure->error != EHOSTUNREACH || !say_neighbour(why))
            say_icmp_unseen(why);
        return;
    }
    struct field host = F_TEXT("host", host_text(&failure->address, text, sizeof(text)));
    if (is_link_local_without_scope(&failure->address)) {
        say(why, SCOPE_MISSING, host, F_TEXT("example", "eth0"));
        return;
    }
    if (failure->evidence.v6only && is_mapped(&failure->address)) {
        say(why, MAPPED_ON_V6ONLY, host);
        return;
    }
    if (route_lookup(&failure->address, NULL, &route) == -1)
        return;
    bool is_group = route.type == RTN_BROADCAST || route.type == RTN_MULTICAST;
    if (route.error == failure->error)
        say_route(why, &route);
    else if (is_group && protocol == IPPROTO_TCP)
        say(why, NOT_UNICAST, host, F_NAME("type", names_route_type, route.type));
    else if (route.type == RTN_BROADCAST && failure->error == EACCES && !failure->evidence.broadcast)
        say(why, BROADCAST_OFF, host);
    else if (say_source(why, &route))
        return;
    else if (failure->error == EACCES && route.error == 0)
        say(why, CONNECT_POLICY, host, F_NAME("type", names_route_type, route.type),
            F_FOREIGN("interface", route.interface_name));
    else if (failure->error == EHOSTUNREACH)
        say_neighbour(why);
    else if (route.error != 0)
        say_route(why, &route);
}

static void why_denied(struct why *why)
{
    struct route route;
    char text[ADDRESS_TEXT_MAX];

    if (why->failure->evidence.icmp.there)
        say_icmp(why);
    else if (route_lookup(&why->failure->address, NULL, &route) == 0 && route.error == 0)
        say(why, CONNECT_POLICY, F_TEXT("host", host_text(&why->failure->address, text, sizeof(text))),
            F_NAME("type", names_route_type, route.type), F_FOREIGN("interface", route.interface_name));
}

/* IPv6 has no address to send from: unlike IPv4, where ENETUNREACH or another interface's address comes of that. */
static bool say_no_source(struct why *why, const struct address *peer)
{
    char host[ADDRESS_TEXT_MAX];
    int64_t disabled;
    struct route route;

    if (peer->sa.sa_family != AF_INET6 ||
        (route_lookup(peer, NULL, &route) == 0 && route.error == 0 && route.source.length > 0))
        return false;
    bool is_off = address_is_loopback(peer) &&
                  procfs_sysctl("net.ipv6.conf.lo.disable_ipv6", &disabled, 1) == 1 && disabled;
    say(why, NO_SOURCE, F_TEXT("host", host_text(peer, host, sizeof(host))),
        F_TEXT("note", is_off ? "IPv6 is off (net.ipv6.conf.lo.disable_ipv6)" : NULL));
    return true;
}

/*
 * EADDRNOTAVAIL of connect, for UDP EAGAIN: the very connection exists already, there is no address to connect from, or no
 * local port is free towards the peer.
 */
static void why_no_port(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    struct address peer = failure->address, local = failure->local;
    struct sockdiag_socket found;

    address_unmap(&peer);
    if (local.length > 0 && address_port(&local) > 0 &&
        sockdiag_lookup(protocol, &local, &peer, 0, &found) == 1) {
        struct owner owner = owner_of(&found);
        say(why, CONNECTION_EXISTS, F_ADDRESS("held", &found.local), F_ADDRESS("peer", &found.peer),
            F_STATE("state", found.state), expires_field(&found), F_OWNER(&owner));
        return;
    }
    /* Two UDP sockets never share a port for having other peers. */
    if (!say_no_source(why, &peer))
        say_exhausted(why, protocol, protocol == IPPROTO_TCP ? &peer : NULL);
}

void why_connect(struct why *why)
{
    int protocol = why->failure->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;

    if (why->failure->address.length == 0)
        return;
    switch (why->failure->error) {
    case ECONNREFUSED: why_refused(why, protocol); break;
    case ETIMEDOUT: why_timed_out(why, protocol); break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EACCES:
    case EINVAL: why_unreachable(why, protocol); break;
    case EPERM: why_denied(why); break;
    case EADDRNOTAVAIL:
    case EAGAIN: why_no_port(why, protocol); break;
    case ECONNRESET: say(why, RESET_AFTER_HANDSHAKE, F_ADDRESS("address", &why->failure->address)); break;
    default:
        if (why->failure->evidence.icmp.there)
            say_icmp(why);
        else if (protocol == IPPROTO_TCP && was_answered_by_icmp(why->failure))
            say_icmp_unseen(why);
        break;
    }
}
