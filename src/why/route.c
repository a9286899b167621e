/* Why this host does not send to an address: its routes, its interfaces, its addresses, or a policy. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>

#include "kernel/route/route.h"
#include "kernel/procfs.h"
#include "why/interface.h"
#include "why/route.h"
#include "why/way.h"

static void cause_route(struct why *why, const struct route *route)
{
    char host[ADDRESS_TEXT_MAX], prefix[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 16];
    char interface[IF_NAMESIZE];
    struct field to = F_TEXT("host", host_text(&why->failure->address, host, sizeof(host))), entry = F_NONE;
    if (route->prefix_length >= 0) {
        snprintf(text, sizeof(text), "%s/%d", host_text(&route->prefix, prefix, sizeof(prefix)),
            route->prefix_length);
        entry = F_TEXT("route", text);
    }
    switch (route->type) {
    case RTN_UNREACHABLE: emit_cause(why, ROUTE_UNREACHABLE, to, entry); break;
    case RTN_PROHIBIT: emit_cause(why, ROUTE_PROHIBIT, to, entry); break;
    case RTN_BLACKHOLE: emit_cause(why, ROUTE_BLACKHOLE, to, entry); break;
    default:
        emit_cause(why, NO_ROUTE, to,
            F_FOREIGN("interface",
                why->evidence->interface ? if_indextoname(why->evidence->interface, interface) : NULL));
        break;
    }
}

/* Reports that only the bound address has no way to the peer, or a refused one. */
static bool cause_source(struct why *why, const struct route *route)
{
    const struct failure *failure = why->failure;
    char host[ADDRESS_TEXT_MAX], source[ADDRESS_TEXT_MAX], usable[ADDRESS_TEXT_MAX];
    struct route bound;
    if (failure->evidence.local.length == 0 || address_is_wildcard(&failure->evidence.local))
        return false;
    bool known = way_lookup(failure, &failure->evidence.local, &bound) == 0;
    if (known && bound.error == 0 &&
        !(address_is_loopback(&failure->evidence.local) && route->type != RTN_LOCAL))
        return false;
    if (known && bound.error == failure->error && bound.type != RTN_UNSPEC) {
        cause_route(why, &bound);
        return true;
    }
    emit_cause(why, SOURCE_UNUSABLE,
        F_TEXT("source", host_text(&failure->evidence.local, source, sizeof(source))),
        F_TEXT("host", host_text(&failure->address, host, sizeof(host))),
        route->source.length > 0 ? F_TEXT("usable", host_text(&route->source, usable, sizeof(usable)))
                                 : F_NONE);
    return true;
}

void why_unreachable(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    char text[ADDRESS_TEXT_MAX];
    struct route route;
    if (failure->evidence.icmp.there) {
        cause_icmp(why);
        return;
    }
    if (was_answered_by_icmp(failure)) {
        if (failure->error != EHOSTUNREACH || !cause_neighbour(why))
            cause_icmp_unseen(why);
        return;
    }
    struct field host = F_TEXT("host", host_text(&failure->address, text, sizeof(text)));
    if (address_needs_scope(&failure->address)) {
        emit_cause(why, SCOPE_MISSING, host, F_TEXT("example", "eth0"));
        return;
    }
    if (failure->error == ENETUNREACH && cause_interface(why))
        return;
    if (failure->evidence.v6only && address_is_mapped(&failure->address)) {
        emit_cause(why, MAPPED_ON_V6ONLY, host);
        return;
    }
    if (way_lookup(failure, NULL, &route) < 0)
        return;
    bool is_group = route.type == RTN_BROADCAST || route.type == RTN_MULTICAST;
    if (route.error == failure->error)
        cause_route(why, &route);
    else if (is_group && protocol == IPPROTO_TCP)
        emit_cause(why, NOT_UNICAST, host, F_NAME("type", names_route_type, route.type));
    else if (route.type == RTN_BROADCAST && failure->error == EACCES && !failure->evidence.broadcast)
        emit_cause(why, BROADCAST_OFF, host);
    else if (cause_source(why, &route))
        return;
    else if (failure->error == EACCES && route.error == 0)
        emit_cause(why, CONNECT_POLICY, host, F_NAME("type", names_route_type, route.type),
            F_FOREIGN("interface", route.interface_name));
    else if (failure->error == EHOSTUNREACH)
        cause_neighbour(why);
    else if (route.error != 0)
        cause_route(why, &route);
}

void why_denied_connect(struct why *why)
{
    struct route route;
    char text[ADDRESS_TEXT_MAX];
    if (why->evidence->icmp.there)
        cause_icmp(why);
    else if (way_lookup(why->failure, NULL, &route) == 0 && route.error == 0)
        emit_cause(why, CONNECT_POLICY, F_TEXT("host", host_text(&why->failure->address, text, sizeof(text))),
            F_NAME("type", names_route_type, route.type), F_FOREIGN("interface", route.interface_name));
}

bool cause_no_source(struct why *why, const struct address *peer)
{
    char host[ADDRESS_TEXT_MAX];
    int64_t disabled;
    struct route route;
    if (peer->sa.sa_family != AF_INET6 ||
        (way_lookup(why->failure, NULL, &route) == 0 && route.error == 0 && route.source.length > 0))
        return false;
    bool is_off = address_is_loopback(peer) &&
                  procfs_sysctl("net.ipv6.conf.lo.disable_ipv6", &disabled, 1) == 1 && disabled;
    emit_cause(why, NO_SOURCE, F_TEXT("host", host_text(peer, host, sizeof(host))),
        F_TEXT("note", is_off ? "IPv6 is off (net.ipv6.conf.lo.disable_ipv6)" : NULL));
    return true;
}
