/* SPDX-License-Identifier: ISC */
/* Who on the way to a peer failed: the next hop, or the sender of an ICMP error. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>

#include "kernel/icmp.h"
#include "kernel/nat.h"
#include "kernel/route/link.h"
#include "kernel/route/route.h"
#include "why/interface.h"
#include "why/way.h"

/* IP_UNICAST_IF counts for datagrams alone, and only without SO_BINDTODEVICE. */
static unsigned bound_interface(const struct failure *failure)
{
    const struct evidence *evidence = &failure->evidence;
    if (evidence->interface != 0 || evidence->type != SOCK_DGRAM)
        return evidence->interface;
    return evidence->unicast_if;
}

static struct route_query way_query(const struct failure *failure, const struct address *from)
{
    const struct evidence *evidence = &failure->evidence;
    return (struct route_query){.to = &failure->address,
        .from = from,
        .interface = bound_interface(failure),
        .mark = evidence->mark,
        .tos = evidence->tos,
        .source_port = evidence->local.length > 0 ? address_port(&evidence->local) : 0,
        .protocol = evidence->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP};
}

int way_lookup(const struct failure *failure, const struct address *from, struct route *route)
{
    const struct route_query query = way_query(failure, from);
    return route_lookup(&query, route);
}

void cause_no_route(struct why *why)
{
    const struct failure *failure = why->failure;
    unsigned interface = bound_interface(failure);
    struct address plain = failure->address;
    bool is_v4 = plain.sa.sa_family == AF_INET || address_unmap(&plain);
    const char *option = is_v4 ? "IP_UNICAST_IF" : "IPV6_UNICAST_IF";
    char host[ADDRESS_TEXT_MAX], name[IF_NAMESIZE];
    emit_cause(why, NO_ROUTE, F_TEXT("host", host_text(&failure->address, host, sizeof(host))),
        F_FOREIGN("interface", interface ? if_indextoname(interface, name) : NULL),
        F_TEXT("option", interface && !failure->evidence.interface ? option : NULL));
}

/* Without a route the kernel takes what is sent from a bound interface to be on its link (IPv4). */
static void cause_no_entry(struct why *why)
{
    const struct route_query query = way_query(why->failure, NULL);
    if (bound_interface(why->failure) != 0 && !route_has_entry(&query))
        cause_no_route(why);
}

static const char *protocol_of(int family)
{
    return family == AF_INET6 ? "ICMPv6" : "ICMP";
}

bool stays_here(const struct failure *failure)
{
    struct route route;
    return address_is_wildcard(&failure->address) ||
           (way_lookup(failure, NULL, &route) == 0 && route.type == RTN_LOCAL);
}

bool cause_translated(struct why *why, const char *answer)
{
    const struct failure *failure = why->failure;
    struct address actual;
    int protocol = failure->evidence.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    int port = failure->evidence.local.length > 0 ? address_port(&failure->evidence.local) : 0;
    if (port <= 0 || nat_destination(protocol, port, &failure->address, &actual) != 1)
        return false;
    emit_cause(why, NAT_DESTINATION, F_ADDRESS("address", &failure->address), F_ADDRESS("actual", &actual),
        F_TEXT("answer", answer));
    return true;
}

bool cause_way_down(struct why *why)
{
    struct route route;
    struct link link;
    if (way_lookup(why->failure, NULL, &route) < 0 || route.error != 0 || route.interface == 0 ||
        link_find(route.interface, &link) < 0 || link.has_carrier)
        return false;
    cause_link(why, &link);
    return true;
}

/* Whom the kernel asks for a link address on the way to peer. */
static struct address next_hop(const struct route *route, const struct address *peer)
{
    struct address hop = route->gateway.length > 0 ? route->gateway : *peer;
    address_unmap(&hop);
    address_set_port(&hop, 0);
    return hop;
}

bool cause_neighbour(struct why *why)
{
    const struct address *peer = &why->failure->address;
    char host[ADDRESS_TEXT_MAX];
    struct route route;
    if (cause_way_down(why))
        return true;
    if (way_lookup(why->failure, NULL, &route) < 0 || route.error != 0 || route.type == RTN_LOCAL)
        return false;
    struct address hop = next_hop(&route, peer);
    int state = link_neighbour(&hop, route.interface);
    if (state != NUD_FAILED && state != NUD_INCOMPLETE)
        return false;
    cause_no_entry(why);
    emit_cause(why, NEIGHBOUR_FAILED, F_TEXT("neighbour", host_text(&hop, host, sizeof(host))),
        F_TEXT("protocol", hop.sa.sa_family == AF_INET6 ? "NDP" : "ARP"),
        F_FOREIGN("interface", route.interface_name), F_NAME("state", names_neighbour_state, state));
    return true;
}

bool cause_not_sent(struct why *why)
{
    char host[ADDRESS_TEXT_MAX];
    struct route route;
    struct link link;
    if (way_lookup(why->failure, NULL, &route) < 0 || route.error != 0 || route.type != RTN_UNICAST ||
        link_find(route.interface, &link) < 0 || !link.resolves)
        return false;
    struct address hop = next_hop(&route, &why->failure->address);
    int state = link_neighbour(&hop, route.interface);
    if (state != NUD_NONE && state != NUD_FAILED && state != NUD_INCOMPLETE)
        return false;
    emit_cause(why, ANSWERED_HERE, F_TEXT("neighbour", host_text(&hop, host, sizeof(host))),
        F_FOREIGN("interface", link.name));
    return true;
}

static bool is_host_unreachable(const struct icmp_error *icmp)
{
    return icmp->family == AF_INET6 ? icmp->type == 1 && icmp->code == 3 : icmp->type == 3 && icmp->code == 1;
}

/* What an ICMP error stands for beyond its name: a closed TCP port answers with RST (RFC 9293, 3.10.7.1),
 * never so, and some codes are there for filters (RFC 1812, 5.2.7.1; RFC 4443, 3.1). */
static const char *icmp_meaning(const struct icmp_error *icmp, int type)
{
    bool is_v6 = icmp->family == AF_INET6;
    if (icmp->type != (is_v6 ? 1 : 3))
        return NULL;
    if (type == SOCK_STREAM && icmp->code == (is_v6 ? 4 : 3))
        return "a packet filter rejects the SYN, for a closed port answers with RST";
    bool forbids =
        is_v6 ? icmp->code == 1 || icmp->code == 5 : icmp->code == 9 || icmp->code == 10 || icmp->code == 13;
    return forbids ? "a packet filter forbids it" : NULL;
}

/*
 * Reports an ICMP error. If it comes from this host itself and says that a host is unreachable, it usually
 * means that a neighbour did not answer, but a packet filter here may send the same.
 */
void cause_icmp(struct why *why)
{
    const struct icmp_error *icmp = &why->evidence->icmp;
    bool is_own = icmp->offender.length > 0 && route_is_local(&icmp->offender) && !stays_here(why->failure);
    char from[ADDRESS_TEXT_MAX];
    if (is_own && is_host_unreachable(icmp) && cause_neighbour(why))
        return;
    emit_cause(why, ICMP_ERROR, F_TEXT("whose", is_own ? "this host itself" : NULL),
        F_TEXT("from", icmp->offender.length > 0 ? host_text(&icmp->offender, from, sizeof(from))
                                                 : "a host that is not known"),
        F_ADDRESS("sender", &icmp->offender), F_TEXT("protocol", protocol_of(icmp->family)),
        F_TEXT("icmp", icmp_name(icmp->family, icmp->type, icmp->code)), F_INT("type", icmp->type),
        F_INT("code", icmp->code), F_INT("icmp_type", icmp->type), F_INT("icmp_code", icmp->code),
        icmp->mtu ? F_INT("mtu", icmp->mtu) : F_NONE,
        F_TEXT("meaning", icmp_meaning(icmp, why->failure->evidence.type)));
}

bool was_answered_by_icmp(const struct failure *failure)
{
    const struct tcpinfo *tcpinfo = &failure->evidence.tcpinfo;
    return !failure->evidence.icmp.there && !failure->evidence.keeps_icmp &&
           tcpinfo->length > offsetof(struct tcp_info_full, tcpi_segs_in) && tcpinfo->is.tcpi_segs_out > 0 &&
           tcpinfo->is.tcpi_segs_in == 0;
}

void cause_icmp_unseen(struct why *why)
{
    struct address plain = why->failure->address;
    bool is_v4 = plain.sa.sa_family == AF_INET || address_unmap(&plain);
    emit_cause(why, ICMP_UNSEEN, F_ADDRESS("address", &why->failure->address),
        F_TEXT("protocol", protocol_of(is_v4 ? AF_INET : AF_INET6)),
        F_TEXT("what", why->failure->evidence.type == SOCK_DGRAM ? "the datagram" : "the SYN, not RST"),
        F_TEXT("option", is_v4 ? "IP_RECVERR" : "IPV6_RECVERR"));
}

void why_way(struct why *why)
{
    if (why->evidence->icmp.there)
        cause_icmp(why);
    else
        cause_neighbour(why);
}
