/* SPDX-License-Identifier: ISC */
/* Why this host does not send to an address: its routes, its interfaces, its addresses, or a policy. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>

#include "kernel/procfs.h"
#include "kernel/route/link.h"
#include "kernel/route/route.h"
#include "why/denied.h"
#include "why/interface.h"
#include "why/route.h"
#include "why/way.h"

/* No entry and no rule lets it pass: the interface that should have one is off. */
static void cause_way_missing(struct why *why)
{
    struct link link;
    if (address_is_loopback(&why->failure->address) && link_find(LINK_LOOPBACK, &link) == 0 && !link.is_up) {
        cause_link(why, &link);
    } else if (!cause_ipv6_off(why, why->failure->evidence.interface)) {
        cause_no_route(why);
        cause_network_down(why);
    }
}

static const char *prefix_text(const struct address *prefix, int bits, char *buffer, size_t size)
{
    char host[ADDRESS_TEXT_MAX];
    if (bits < 0)
        return NULL;
    snprintf(buffer, size, "%s/%d", host_text(prefix, host, sizeof(host)), bits);
    return buffer;
}

#define F_NUMBER(k, v) ((v) > 0 ? F_INT((k), (v)) : F_NONE)

/* What a rule looks at, by the words of ip-rule(8). */
static void cause_rule(struct why *why, const struct rule *rule)
{
    static const char *const types[] = {
        [RULE_BLACKHOLE] = "blackhole", [RULE_UNREACHABLE] = "unreachable", [RULE_PROHIBIT] = "prohibit"};
    char host[ADDRESS_TEXT_MAX], to[64], from[64];
    emit_cause(why, RULE_REFUSES, F_TEXT("host", host_text(&why->failure->address, host, sizeof(host))),
        F_INT("priority", rule->priority), F_TEXT("type", types[rule->action]),
        F_TRUE("inverted", rule->inverted),
        F_TEXT(
            "from", prefix_text(&rule->from, rule->from_length ? rule->from_length : -1, from, sizeof(from))),
        F_TEXT("to", prefix_text(&rule->to, rule->to_length ? rule->to_length : -1, to, sizeof(to))),
        F_NUMBER("tos", rule->tos), rule->mask ? F_INT("mark", rule->mark) : F_NONE,
        F_FOREIGN("oif", rule->out[0] ? rule->out : NULL),
        rule->has_uids ? F_INT("uid_low", rule->uid_low) : F_NONE,
        rule->has_uids ? F_INT("uid_high", rule->uid_high) : F_NONE,
        rule->protocol ? F_NAME("protocol", names_protocol, rule->protocol) : F_NONE,
        F_NUMBER("sport_low", rule->source_low), F_NUMBER("sport_high", rule->source_high),
        F_NUMBER("dport_low", rule->port_low), F_NUMBER("dport_high", rule->port_high));
}

void cause_route(struct why *why, const struct route *route)
{
    char host[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 16];
    struct field to = F_TEXT("host", host_text(&why->failure->address, host, sizeof(host))),
                 entry =
                     F_TEXT("route", prefix_text(&route->prefix, route->prefix_length, text, sizeof(text)));
    if (route->is_ruled) {
        cause_rule(why, &route->rule);
        return;
    }
    switch (route->type) {
    case RTN_UNREACHABLE: emit_cause(why, ROUTE_UNREACHABLE, to, entry); break;
    case RTN_PROHIBIT: emit_cause(why, ROUTE_PROHIBIT, to, entry); break;
    case RTN_BLACKHOLE: emit_cause(why, ROUTE_BLACKHOLE, to, entry); break;
    default: cause_way_missing(why); break;
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

/* The interface of the address is not the one that the socket is bound to. */
static bool cause_scope(struct why *why)
{
    const struct failure *failure = why->failure;
    char scope[IF_NAMESIZE], interface[IF_NAMESIZE], host[ADDRESS_TEXT_MAX];
    uint32_t wanted = failure->address.sa.sa_family == AF_INET6 ? failure->address.in6.sin6_scope_id : 0;
    if (wanted == 0 || failure->evidence.interface == 0 || wanted == failure->evidence.interface ||
        !if_indextoname(wanted, scope) || !if_indextoname(failure->evidence.interface, interface))
        return false;
    emit_cause(why, SCOPE_MISMATCH, F_TEXT("host", host_text(&failure->address, host, sizeof(host))),
        F_FOREIGN("scope", scope), F_FOREIGN("interface", interface));
    return true;
}

/* SO_DONTROUTE: only what is on a link is reached (ip_route_output_key_hash() in the kernel). */
static bool cause_dont_route(struct why *why, const struct route *route)
{
    char host[ADDRESS_TEXT_MAX], gateway[ADDRESS_TEXT_MAX];
    if (!why->failure->evidence.dont_route || route->gateway.length == 0)
        return false;
    emit_cause(why, DONT_ROUTE, F_TEXT("host", host_text(&why->failure->address, host, sizeof(host))),
        F_TEXT("gateway", host_text(&route->gateway, gateway, sizeof(gateway))),
        F_FOREIGN("interface", route->interface_name));
    return true;
}

/* What is wrong with the address itself, or with how the socket goes with it; false if nothing is. */
static bool cause_address(struct why *why, const struct field *host)
{
    const struct failure *failure = why->failure;
    if (address_needs_scope(&failure->address) && failure->evidence.interface == 0)
        cause_scope_missing(why, &failure->address);
    else if (failure->evidence.v6only && address_is_mapped(&failure->address))
        emit_cause(why, MAPPED_ON_V6ONLY, *host);
    else
        return cause_scope(why) || (failure->error == ENETUNREACH && cause_interface(why));
    return true;
}

/* tcp_v4_connect() and tcp_v6_connect() refuse a group whatever the routes are. */
static bool cause_group(struct why *why, int protocol, const struct field *host)
{
    const struct failure *failure = why->failure;
    bool is_multicast = address_is_multicast(&failure->address);
    if (protocol != IPPROTO_TCP || failure->error != ENETUNREACH ||
        (!is_multicast && !address_is_broadcast(&failure->address)))
        return false;
    emit_cause(why, NOT_UNICAST, *host, F_TEXT("type", is_multicast ? "multicast" : "broadcast"));
    return true;
}

/* The way as the kernel gives it, against the errno of the call. */
static void why_way_refused(
    struct why *why, const struct route *route, int protocol, const struct field *host)
{
    const struct failure *failure = why->failure;
    bool is_group = route->type == RTN_BROADCAST || route->type == RTN_MULTICAST;
    if (route->error == failure->error)
        cause_route(why, route);
    else if (is_group && protocol == IPPROTO_TCP)
        emit_cause(why, NOT_UNICAST, *host, F_NAME("type", names_route_type, route->type));
    else if (route->type == RTN_BROADCAST && failure->error == EACCES && !failure->evidence.broadcast)
        emit_cause(why, BROADCAST_OFF, *host);
    else if (cause_source(why, route) || cause_dont_route(why, route))
        return;
    else if (failure->error == EACCES)
        cause_denied_connect(why);
    else if (failure->error == EHOSTUNREACH)
        cause_neighbour(why);
    else if (route->error != 0)
        cause_route(why, route);
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
    if (protocol == IPPROTO_TCP && was_answered_by_icmp(failure)) {
        if (failure->error != EHOSTUNREACH || !cause_neighbour(why))
            cause_icmp_unseen(why);
        return;
    }
    const struct field host = F_TEXT("host", host_text(&failure->address, text, sizeof(text)));
    if (!cause_group(why, protocol, &host) && !cause_address(why, &host) &&
        way_lookup(failure, NULL, &route) == 0)
        why_way_refused(why, &route, protocol, &host);
}

void why_denied_connect(struct why *why)
{
    if (why->failure->evidence.icmp.there)
        cause_icmp(why);
    else
        cause_denied_connect(why);
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
    if (is_off || !cause_ipv6_off(why, why->failure->evidence.interface))
        emit_cause(why, NO_SOURCE, F_TEXT("host", host_text(peer, host, sizeof(host))),
            F_TEXT("note", is_off ? "IPv6 is off (net.ipv6.conf.lo.disable_ipv6)" : NULL));
    return true;
}
