/* Who on the way to a peer failed: the next hop, or the sender of an ICMP error. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>

#include "kernel/icmp.h"
#include "kernel/route/link.h"
#include "kernel/route/route.h"
#include "why/way.h"

int way_lookup(const struct failure *failure, const struct address *from, struct route *route)
{
    const struct route_query query = {.to = &failure->address,
        .from = from,
        .interface = failure->evidence.interface,
        .mark = failure->evidence.mark,
        .tos = failure->evidence.tos,
        .source_port = failure->evidence.local.length > 0 ? address_port(&failure->evidence.local) : 0,
        .protocol = failure->evidence.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP};
    return route_lookup(&query, route);
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

/* The host whose link address the kernel needs on the way to peer. */
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
    if (way_lookup(why->failure, NULL, &route) < 0 || route.error != 0 || route.type == RTN_LOCAL)
        return false;
    struct address hop = next_hop(&route, peer);
    int state = link_neighbour(&hop, route.interface);
    if (state != NUD_FAILED && state != NUD_INCOMPLETE)
        return false;
    emit_cause(why, NEIGHBOUR_FAILED, F_TEXT("neighbour", host_text(&hop, host, sizeof(host))),
        F_TEXT("protocol", hop.sa.sa_family == AF_INET6 ? "NDP" : "ARP"),
        F_FOREIGN("interface", route.interface_name), F_NAME("state", names_neighbour_state, state));
    return true;
}

static bool is_host_unreachable(const struct icmp_error *icmp)
{
    return icmp->family == AF_INET6 ? icmp->type == 1 && icmp->code == 3 : icmp->type == 3 && icmp->code == 1;
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
        F_TEXT("protocol", protocol_of(icmp->family)),
        F_TEXT("icmp", icmp_name(icmp->family, icmp->type, icmp->code)), F_INT("type", icmp->type),
        F_INT("code", icmp->code), icmp->mtu ? F_INT("mtu", icmp->mtu) : F_NONE);
}

bool was_answered_by_icmp(const struct failure *failure)
{
    const struct tcpinfo *tcpinfo = &failure->evidence.tcpinfo;
    return !failure->evidence.icmp.there && tcpinfo->length > offsetof(struct tcp_info_full, tcpi_segs_in) &&
           tcpinfo->is.tcpi_segs_out > 0 && tcpinfo->is.tcpi_segs_in == 0;
}

void cause_icmp_unseen(struct why *why)
{
    struct address plain = why->failure->address;
    bool is_v4 = plain.sa.sa_family == AF_INET || address_unmap(&plain);
    emit_cause(why, ICMP_UNSEEN, F_ADDRESS("address", &why->failure->address),
        F_TEXT("protocol", protocol_of(is_v4 ? AF_INET : AF_INET6)),
        F_TEXT("option", is_v4 ? "IP_RECVERR" : "IPV6_RECVERR"));
}

void why_way(struct why *why)
{
    if (why->evidence->icmp.there)
        cause_icmp(why);
    else
        cause_neighbour(why);
}
