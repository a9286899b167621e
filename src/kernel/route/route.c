/* SPDX-License-Identifier: ISC */
/* Routes as NETLINK_ROUTE knows them (rtnetlink(7)). */
#include "kernel/route/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/route/link.h"
#include "kernel/route/message.h"

/* clang-format off */
const struct name_table names_route_type = {"RTN_", (const struct name[]){
    {RTN_UNSPEC, "none"}, {RTN_UNICAST, "unicast"}, {RTN_LOCAL, "local"}, {RTN_BROADCAST, "broadcast"},
    {RTN_ANYCAST, "anycast"}, {RTN_MULTICAST, "multicast"}, {RTN_BLACKHOLE, "blackhole"},
    {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"}, {RTN_THROW, "throw"}, {0, NULL}}};
/* clang-format on */

static int take_metric(const struct nlattr *attribute, void *data)
{
    if (mnl_attr_get_type(attribute) == RTAX_MTU && mnl_attr_get_payload_len(attribute) >= sizeof(uint32_t))
        ((struct route *)data)->mtu = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int take_route_attribute(const struct nlattr *attribute, void *data)
{
    struct route *route = data;
    const void *payload = mnl_attr_get_payload(attribute);
    size_t length = mnl_attr_get_payload_len(attribute);
    int family = route->prefix.sa.sa_family;
    switch (mnl_attr_get_type(attribute)) {
    case RTA_GATEWAY: route->gateway = host_address(family, payload, length); break;
    case RTA_PREFSRC: route->source = host_address(family, payload, length); break;
    case RTA_DST: route->prefix = host_address(family, payload, length); break;
    case RTA_VIA: /* an IPv6 router for IPv4 (RFC 5549): struct rtvia begins with the family */
        if (length > sizeof(struct rtvia)) {
            const struct rtvia *via = payload;
            route->gateway = host_address(via->rtvia_family, via->rtvia_addr, length - sizeof(*via));
        }
        break;
    case RTA_OIF:
        if (length >= sizeof(uint32_t))
            route->interface = mnl_attr_get_u32(attribute);
        break;
    case RTA_TABLE:
        if (length >= sizeof(uint32_t))
            route->table = mnl_attr_get_u32(attribute);
        break;
    case RTA_METRICS: mnl_attr_parse_nested(attribute, take_metric, data); break;
    default: break;
    }
    return MNL_CB_OK;
}

/* Fills route from a struct rtmsg; false if the message is too short. */
static bool take_route(const struct nlmsghdr *header, struct route *route)
{
    const struct rtmsg *message = mnl_nlmsg_get_payload(header);
    static const unsigned char zeros[sizeof(struct in6_addr)];
    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return false;
    memset(route, 0, sizeof(*route));
    route->type = message->rtm_type;
    route->prefix = host_address(message->rtm_family, zeros, sizeof(zeros));
    route->prefix_length = message->rtm_dst_len;
    route->table = message->rtm_table;
    mnl_attr_parse(header, sizeof(*message), take_route_attribute, route);
    return true;
}

static int keep_route(const struct nlmsghdr *header, void *data)
{
    take_route(header, data);
    return MNL_CB_STOP;
}

/* The entries of the tables that refuse with the errno in question; the most specific in each counts. */
#define TABLES_MOST 16
struct refusal {
    const struct address *to;
    int type;
    size_t count;
    struct {
        struct address prefix;
        int prefix_length;
        uint32_t table;
    } best[TABLES_MOST];
};

static int keep_refusing_route(const struct nlmsghdr *header, void *data)
{
    struct refusal *refusal = data;
    struct route route;
    if (!take_route(header, &route) || route.type != refusal->type ||
        route.prefix.sa.sa_family != refusal->to->sa.sa_family ||
        !prefix_matches(&route.prefix, route.prefix_length, refusal->to))
        return MNL_CB_OK;
    size_t i = 0;
    while (i < refusal->count && refusal->best[i].table != route.table)
        i++;
    if (i == TABLES_MOST)
        return MNL_CB_OK;
    if (i == refusal->count || route.prefix_length > refusal->best[i].prefix_length) {
        refusal->best[i].prefix = route.prefix;
        refusal->best[i].prefix_length = route.prefix_length;
        refusal->best[i].table = route.table;
    }
    if (i == refusal->count)
        refusal->count++;
    return MNL_CB_OK;
}

static int find_refusing_routes(struct refusal *refusal)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *header = request_begin(buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    request->rtm_family = (unsigned char)refusal->to->sa.sa_family;
    return netlink_ask(NETLINK_ROUTE, header, keep_refusing_route, refusal);
}

/* The errno of a rule's action: fib4_rule_action(), fib6_rule_action() in the kernel. */
static int rule_error(enum rule_action action)
{
    switch (action) {
    case RULE_PROHIBIT: return EACCES;
    case RULE_BLACKHOLE: return EINVAL;
    case RULE_UNREACHABLE: return ENETUNREACH;
    default: return 0;
    }
}

struct search {
    const struct refusal *refusal;
    struct route *route;
};

/* The first rule that refuses, or whose table has an entry that does, decides. */
static int search_rule(const struct rule *rule, void *data)
{
    struct search *search = data;
    const struct refusal *refusal = search->refusal;
    struct route *route = search->route;
    if (rule_error(rule->action) == route->error) {
        route->is_ruled = true;
        route->rule = *rule;
        return 1;
    }
    for (size_t i = 0; rule->action == RULE_TABLE && i < refusal->count; i++) {
        if (refusal->best[i].table != rule->table)
            continue;
        route->prefix = refusal->best[i].prefix;
        route->prefix_length = refusal->best[i].prefix_length;
        route->table = rule->table;
        return 1;
    }
    return 0;
}

/* fib_props in net/ipv4/fib_semantics.c, and the same errnos in net/ipv6/route.c; -1: the errno is not an
 * answer. */
static int refusing_type(int error)
{
    switch (error) {
    case ENETUNREACH: return RTN_UNSPEC;
    case EHOSTUNREACH: return RTN_UNREACHABLE;
    case EACCES: return RTN_PROHIBIT;
    case EINVAL: return RTN_BLACKHOLE;
    default: return -1;
    }
}

/* If the route refuses, the kernel answers with a bare errno: looks for who refused among the rules and
 * tables. */
static int route_refused(const struct route_query *query, int error, struct route *route)
{
    struct address to = *query->to;
    memset(route, 0, sizeof(*route));
    route->type = refusing_type(error);
    route->error = error;
    route->prefix_length = -1;
    address_unmap(&to);
    struct refusal refusal = {.to = &to, .type = route->type, .count = 0};
    struct search search = {.refusal = &refusal, .route = route};
    if (route->type == -1) {
        errno = error;
        return -1;
    }
    if (route->type != RTN_UNSPEC && find_refusing_routes(&refusal) < 0)
        return -1;
    rule_each(query, search_rule, &search);
    /* EINVAL also means a wrong question (a source that is not ours): an entry or a rule proves a
     * blackhole. */
    if (error == EINVAL && route->prefix_length == -1 && !route->is_ruled) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

/* The inverse of refusing_type(). */
static int type_error(int type)
{
    switch (type) {
    case RTN_UNREACHABLE: return EHOSTUNREACH;
    case RTN_PROHIBIT: return EACCES;
    case RTN_BLACKHOLE: return EINVAL;
    default: return 0;
    }
}

/* What else a rule may select by; before Linux 4.18 the kernel ignores protocol and ports. */
static void put_selectors(struct nlmsghdr *header, const struct route_query *query, uint32_t scope)
{
    int port = address_port(query->to);
    uint16_t network_port = htons((uint16_t)port), source_port = htons((uint16_t)query->source_port);
    uint8_t protocol = (uint8_t)query->protocol;
    if (scope != 0 || query->interface != 0)
        mnl_attr_put_u32(header, RTA_OIF, scope != 0 ? scope : query->interface);
    if (query->mark != 0)
        mnl_attr_put_u32(header, RTA_MARK, query->mark);
    if (query->protocol == 0)
        return;
    mnl_attr_put(header, RTA_IP_PROTO, sizeof(protocol), &protocol);
    if (port > 0)
        mnl_attr_put(header, RTA_DPORT, sizeof(network_port), &network_port);
    if (query->source_port > 0)
        mnl_attr_put(header, RTA_SPORT, sizeof(source_port), &source_port);
}

/* The answer to the query, or its errno; flags: RTM_F_*. */
static int route_ask(const struct route_query *query, uint32_t flags, struct route *route)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *header = request_begin(buffer, RTM_GETROUTE, 0);
    struct rtmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct address target = *query->to, source = {.length = 0};
    address_unmap(&target);
    if (query->from)
        source = *query->from;
    address_unmap(&source);
    int family = target.sa.sa_family;
    size_t size = host_size(family);
    request->rtm_family = (unsigned char)family;
    request->rtm_tos = query->tos & 0xfc; /* without ECN, which no rule selects by */
    request->rtm_flags = flags;
    request->rtm_dst_len = (unsigned char)(8 * size);
    mnl_attr_put(header, RTA_DST, size, host_bytes(&target));
    if (source.length > 0 && source.sa.sa_family == family && !address_is_wildcard(&source)) {
        request->rtm_src_len = (unsigned char)(8 * size);
        mnl_attr_put(header, RTA_SRC, size, host_bytes(&source));
    }
    put_selectors(header, query, family == AF_INET6 ? target.in6.sin6_scope_id : 0);
    memset(route, 0, sizeof(*route));
    return netlink_ask(NETLINK_ROUTE, header, keep_route, route);
}

static bool is_inet(const struct address *address)
{
    return address->sa.sa_family == AF_INET || address->sa.sa_family == AF_INET6;
}

int route_lookup(const struct route_query *query, struct route *route)
{
    struct link link;
    if (!is_inet(query->to)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (route_ask(query, 0, route) < 0)
        return route_refused(query, errno, route);
    /* IPv6 answers with the refusing route itself. */
    if (type_error(route->type) != 0)
        return route_refused(query, type_error(route->type), route);
    /* As the prefix the kernel returns the question, not the entry. */
    route->prefix = (struct address){.length = 0};
    route->prefix_length = -1;
    if (route->interface == 0)
        return 0;
    if (link_find(route->interface, &link) < 0)
        return -1;
    memcpy(route->interface_name, link.name, sizeof(link.name));
    route->interface_up = link.is_up;
    if (route->mtu == 0)
        route->mtu = link.mtu;
    return 0;
}

bool route_has_entry(const struct route_query *query)
{
    struct route route;
    return is_inet(query->to) && route_ask(query, RTM_F_FIB_MATCH, &route) == 0;
}

bool route_is_local(const struct address *address)
{
    struct route route;
    return route_lookup(&(struct route_query){.to = address}, &route) == 0 && route.type == RTN_LOCAL;
}
