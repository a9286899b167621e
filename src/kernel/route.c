/* Routes, neighbours and addresses as NETLINK_ROUTE knows them (rtnetlink(7)). */
#include "kernel/route.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>

#include "kernel/netlink.h"

#define REQUEST_MAX 256

/* clang-format off */
const struct name_table names_route_type = {"RTN_", (const struct name[]){
    {RTN_UNSPEC, "none"}, {RTN_UNICAST, "unicast"}, {RTN_LOCAL, "local"}, {RTN_BROADCAST, "broadcast"},
    {RTN_ANYCAST, "anycast"}, {RTN_MULTICAST, "multicast"}, {RTN_BLACKHOLE, "blackhole"},
    {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"}, {RTN_THROW, "throw"}, {0, NULL}}};

const struct name_table names_neighbour_state = {"NUD_", (const struct name[]){
    {NUD_NONE, "NONE"}, {NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"},
    {NUD_DELAY, "DELAY"}, {NUD_PROBE, "PROBE"}, {NUD_FAILED, "FAILED"}, {NUD_NOARP, "NOARP"},
    {NUD_PERMANENT, "PERMANENT"}, {0, NULL}}};
/* clang-format on */

/* The bytes of the host in an address, and how many. */
static const void *host_bytes(const struct address *address)
{
    return address->sa.sa_family == AF_INET6 ? (const void *)&address->in6.sin6_addr
                                             : (const void *)&address->in.sin_addr;
}

static size_t host_size(int family)
{
    return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

/* An address of the family from length bytes, which may be fewer than it has (a prefix), never more. */
static struct address host_address(int family, const void *bytes, size_t length)
{
    struct address address = {.length = family == AF_INET6 ? sizeof(address.in6) : sizeof(address.in)};
    address.sa.sa_family = (sa_family_t)family;
    memcpy(family == AF_INET6 ? (void *)&address.in6.sin6_addr : (void *)&address.in.sin_addr, bytes,
        MIN(length, host_size(family)));
    return address;
}

static struct nlmsghdr *request_begin(char *buffer, int type, int flags)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = (uint16_t)type;
    header->nlmsg_flags = (uint16_t)flags;
    return header;
}

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
    case RTA_VIA: /* an IPv6 router for IPv4 (RFC 5549): struct rtvia, the family in front of the address */
        if (length > sizeof(struct rtvia)) {
            const struct rtvia *via = payload;
            route->gateway = host_address(via->rtvia_family, via->rtvia_addr, length - sizeof(*via));
        }
        break;
    case RTA_OIF:
        if (length >= sizeof(uint32_t))
            route->interface = mnl_attr_get_u32(attribute);
        break;
    case RTA_METRICS: mnl_attr_parse_nested(attribute, take_metric, data); break;
    default: break;
    }
    return MNL_CB_OK;
}

/* Fills route from a struct rtmsg; false when the message is too short to be one. */
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
    mnl_attr_parse(header, sizeof(*message), take_route_attribute, route);
    return true;
}

static int keep_route(const struct nlmsghdr *header, void *data)
{
    take_route(header, data);
    return MNL_CB_STOP;
}

static bool prefix_matches(const struct address *prefix, int bits, const struct address *address)
{
    const unsigned char *a = host_bytes(prefix), *b = host_bytes(address);
    int whole = bits / 8, rest = bits % 8;
    if (bits < 0 || (size_t)bits > 8 * host_size(prefix->sa.sa_family) || memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

struct refusal {
    const struct address *to;
    int type;
    struct route *best;
};

static int keep_refusing_route(const struct nlmsghdr *header, void *data)
{
    const struct refusal *refusal = data;
    struct route route;
    if (take_route(header, &route) && route.type == refusal->type &&
        route.prefix.sa.sa_family == refusal->to->sa.sa_family &&
        prefix_matches(&route.prefix, route.prefix_length, refusal->to) &&
        route.prefix_length > refusal->best->prefix_length) {
        refusal->best->prefix = route.prefix;
        refusal->best->prefix_length = route.prefix_length;
    }
    return MNL_CB_OK;
}

/*
 * The kernel answers with a bare errno where the route refuses. Which entry of the tables that was is looked
 * for among those of the type that has this errno; a rule (ip-rule(8)) can refuse as well, then there is
 * none.
 */
static int find_refusing_route(const struct address *to, struct route *route)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct refusal refusal = {.to = to, .type = route->type, .best = route};
    request->rtm_family = (unsigned char)to->sa.sa_family;
    return netlink_ask(NETLINK_ROUTE, header, keep_refusing_route, &refusal);
}

/* fib_props in net/ipv4/fib_semantics.c, and the same errnos in net/ipv6/route.c; -1 for an errno that is no
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

static int route_refused(const struct address *to, int error, struct route *route)
{
    memset(route, 0, sizeof(*route));
    route->type = refusing_type(error);
    route->error = error;
    route->prefix_length = -1;
    if (route->type == -1) {
        errno = error;
        return -1;
    }
    if (route->type != RTN_UNSPEC && find_refusing_route(to, route) < 0)
        return -1;
    /* EINVAL also says that the question was wrong (a source that is not ours): only an entry proves a
     * blackhole. */
    if (error == EINVAL && route->prefix_length == -1) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

static int take_link_attribute(const struct nlattr *attribute, void *data)
{
    struct route *route = data;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
            strlcpy(route->interface_name, mnl_attr_get_str(attribute), sizeof(route->interface_name));
        break;
    case IFLA_MTU:
        if (route->mtu == 0 && mnl_attr_get_payload_len(attribute) >= sizeof(uint32_t))
            route->mtu = mnl_attr_get_u32(attribute);
        break;
    default: break;
    }
    return MNL_CB_OK;
}

static int keep_link(const struct nlmsghdr *header, void *data)
{
    const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return MNL_CB_STOP;
    ((struct route *)data)->interface_up = message->ifi_flags & IFF_UP;
    mnl_attr_parse(header, sizeof(struct ifinfomsg), take_link_attribute, data);
    return MNL_CB_STOP;
}

/* The name of the route's interface, and its MTU where the route has none of its own. */
static int find_link(struct route *route)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, RTM_GETLINK, 0);
    struct ifinfomsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    request->ifi_index = (int)route->interface;
    return netlink_ask(NETLINK_ROUTE, header, keep_link, route);
}

/* The rest of what a rule may look at; before Linux 4.18 the kernel passes over protocol and ports. */
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

bool route_interface(unsigned interface, char name[IF_NAMESIZE], bool *is_up)
{
    struct route route = {.interface = interface};
    if (find_link(&route) < 0 || route.interface_name[0] == '\0')
        return false;
    memcpy(name, route.interface_name, IF_NAMESIZE);
    *is_up = route.interface_up;
    return true;
}

int route_lookup(const struct route_query *query, struct route *route)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, RTM_GETROUTE, 0);
    struct rtmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct address target = *query->to, source = {.length = 0};
    address_unmap(&target);
    if (query->from)
        source = *query->from;
    address_unmap(&source);
    int family = target.sa.sa_family;
    size_t size = host_size(family);
    if (family != AF_INET && family != AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    request->rtm_family = (unsigned char)family;
    request->rtm_tos = query->tos & 0xfc; /* not ECN: no rule looks at it */
    request->rtm_dst_len = (unsigned char)(8 * size);
    mnl_attr_put(header, RTA_DST, size, host_bytes(&target));
    if (source.length > 0 && source.sa.sa_family == family && !address_is_wildcard(&source)) {
        request->rtm_src_len = (unsigned char)(8 * size);
        mnl_attr_put(header, RTA_SRC, size, host_bytes(&source));
    }
    put_selectors(header, query, family == AF_INET6 ? target.in6.sin6_scope_id : 0);

    memset(route, 0, sizeof(*route));
    if (netlink_ask(NETLINK_ROUTE, header, keep_route, route) < 0)
        return route_refused(&target, errno, route);
    route->prefix =
        (struct address){.length = 0}; /* the kernel gives the question back here, not the entry */
    route->prefix_length = -1;
    if (route->interface != 0 && find_link(route) < 0)
        return -1;
    return 0;
}

static int keep_neighbour(const struct nlmsghdr *header, void *data)
{
    const struct ndmsg *message = mnl_nlmsg_get_payload(header);
    if (mnl_nlmsg_get_payload_len(header) >= sizeof(*message))
        *(int *)data = message->ndm_state;
    return MNL_CB_STOP;
}

int route_neighbour(const struct address *address, unsigned interface)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, RTM_GETNEIGH, 0);
    struct ndmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct address host = *address;
    int state = NUD_NONE;
    address_unmap(&host);
    request->ndm_family = (unsigned char)host.sa.sa_family;
    request->ndm_ifindex = (int)interface;
    mnl_attr_put(header, NDA_DST, host_size(host.sa.sa_family), host_bytes(&host));
    if (netlink_ask(NETLINK_ROUTE, header, keep_neighbour, &state) < 0)
        return errno == ENOENT ? NUD_NONE : -1;
    return state;
}

struct address_walk {
    route_visit *visit;
    void *data;
    int result;
};

struct address_entry {
    const struct ifaddrmsg *message;
    struct address address;
    bool is_local; /* from IFA_LOCAL, which on a point-to-point link is ours, where IFA_ADDRESS is the other
                      end's */
};

static int take_address_attribute(const struct nlattr *attribute, void *data)
{
    struct address_entry *entry = data;
    int type = mnl_attr_get_type(attribute);
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && !entry->is_local)) {
        entry->address = host_address(
            entry->message->ifa_family, mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
        entry->is_local = type == IFA_LOCAL;
    }
    return MNL_CB_OK;
}

static int walk_address(const struct nlmsghdr *header, void *data)
{
    struct address_walk *walk = data;
    struct address_entry entry = {.message = mnl_nlmsg_get_payload(header)};
    char name[IF_NAMESIZE] = "";
    if (mnl_nlmsg_get_payload_len(header) < sizeof(*entry.message))
        return MNL_CB_OK;
    if (entry.message->ifa_family != AF_INET && entry.message->ifa_family != AF_INET6)
        return MNL_CB_OK;
    mnl_attr_parse(header, sizeof(*entry.message), take_address_attribute, &entry);
    if (entry.address.length == 0)
        return MNL_CB_OK;
    if (entry.message->ifa_family == AF_INET6 && entry.message->ifa_scope == RT_SCOPE_LINK)
        entry.address.in6.sin6_scope_id = entry.message->ifa_index;
    if_indextoname(entry.message->ifa_index, name);
    walk->result = walk->visit(&entry.address, name, walk->data);
    return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int route_each_address(route_visit *visit, void *data)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct address_walk walk = {.visit = visit, .data = data};
    request->ifa_family = AF_UNSPEC;
    if (netlink_ask(NETLINK_ROUTE, header, walk_address, &walk) < 0)
        return -1;
    return walk.result;
}

bool route_is_local(const struct address *address)
{
    struct route route;
    return route_lookup(&(struct route_query){.to = address}, &route) == 0 && route.type == RTN_LOCAL;
}
