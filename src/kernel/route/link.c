/* SPDX-License-Identifier: ISC */
/* Interfaces, addresses and neighbours as NETLINK_ROUTE knows them (rtnetlink(7)). */
#include "kernel/route/link.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/route/message.h"

/* clang-format off */
const struct name_table names_neighbour_state = {"NUD_", (const struct name[]){
    {NUD_NONE, "NONE"}, {NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"},
    {NUD_DELAY, "DELAY"}, {NUD_PROBE, "PROBE"}, {NUD_FAILED, "FAILED"}, {NUD_NOARP, "NOARP"},
    {NUD_PERMANENT, "PERMANENT"}, {0, NULL}}};
/* clang-format on */

static int take_link_attribute(const struct nlattr *attribute, void *data)
{
    struct link *link = data;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
            strlcpy(link->name, mnl_attr_get_str(attribute), sizeof(link->name));
        break;
    case IFLA_MTU:
        if (mnl_attr_get_payload_len(attribute) >= sizeof(uint32_t))
            link->mtu = mnl_attr_get_u32(attribute);
        break;
    default: break;
    }
    return MNL_CB_OK;
}

static int keep_link(const struct nlmsghdr *header, void *data)
{
    const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
    struct link *link = data;
    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return MNL_CB_STOP;
    link->is_up = message->ifi_flags & IFF_UP;
    link->has_carrier = link->is_up && message->ifi_flags & IFF_RUNNING;
    link->resolves = !(message->ifi_flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT));
    mnl_attr_parse(header, sizeof(struct ifinfomsg), take_link_attribute, data);
    return MNL_CB_STOP;
}

int link_find(unsigned interface, struct link *link)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *header = request_begin(buffer, RTM_GETLINK, 0);
    struct ifinfomsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    *link = (struct link){.mtu = 0};
    request->ifi_index = (int)interface;
    return netlink_ask(NETLINK_ROUTE, header, keep_link, link);
}

static int keep_neighbour(const struct nlmsghdr *header, void *data)
{
    const struct ndmsg *message = mnl_nlmsg_get_payload(header);
    if (mnl_nlmsg_get_payload_len(header) >= sizeof(*message))
        *(int *)data = message->ndm_state;
    return MNL_CB_STOP;
}

int link_neighbour(const struct address *address, unsigned interface)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
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
    link_visit *visit;
    void *data;
    int result;
};

struct address_entry {
    const struct ifaddrmsg *message;
    struct link_address found;
    bool is_local; /* from IFA_LOCAL: on a point-to-point link that is ours, and IFA_ADDRESS the other
                    * end's */
};

static int take_address_attribute(const struct nlattr *attribute, void *data)
{
    struct address_entry *entry = data;
    int type = mnl_attr_get_type(attribute);
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && !entry->is_local)) {
        entry->found.address = host_address(
            entry->message->ifa_family, mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
        entry->is_local = type == IFA_LOCAL;
    } else if (type == IFA_FLAGS && mnl_attr_get_payload_len(attribute) >= sizeof(uint32_t)) {
        entry->found.flags = mnl_attr_get_u32(attribute);
    }
    return MNL_CB_OK;
}

static int walk_address(const struct nlmsghdr *header, void *data)
{
    struct address_walk *walk = data;
    const struct ifaddrmsg *message = mnl_nlmsg_get_payload(header);
    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return MNL_CB_OK;
    if (message->ifa_family != AF_INET && message->ifa_family != AF_INET6)
        return MNL_CB_OK;
    struct address_entry entry = {.message = message,
        .found = {.interface = message->ifa_index,
            .flags = message->ifa_flags,
            .prefix_length = message->ifa_prefixlen,
            .name = ""}};
    mnl_attr_parse(header, sizeof(*message), take_address_attribute, &entry);
    if (entry.found.address.length == 0)
        return MNL_CB_OK;
    if (message->ifa_family == AF_INET6 && message->ifa_scope == RT_SCOPE_LINK)
        entry.found.address.in6.sin6_scope_id = message->ifa_index;
    if_indextoname(message->ifa_index, entry.found.name);
    walk->result = walk->visit(&entry.found, walk->data);
    return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int link_each_address(link_visit *visit, void *data)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *header = request_begin(buffer, RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct address_walk walk = {.visit = visit, .data = data};
    request->ifa_family = AF_UNSPEC;
    if (netlink_ask(NETLINK_ROUTE, header, walk_address, &walk) < 0)
        return -1;
    return walk.result;
}

bool link_shares_network(const struct link_address *own, const struct address *address)
{
    return own->address.sa.sa_family == address->sa.sa_family &&
           prefix_matches(&own->address, own->prefix_length, address);
}

struct own {
    struct address wanted;
    unsigned interface;
};

static int own_visit(const struct link_address *address, void *data)
{
    struct own *own = data;
    int family = address->address.sa.sa_family;
    if (family != own->wanted.sa.sa_family ||
        memcmp(host_bytes(&address->address), host_bytes(&own->wanted), host_size(family)) != 0)
        return 0;
    own->interface = address->interface;
    return 1;
}

unsigned link_of_own(const struct address *address)
{
    struct own own = {.wanted = *address, .interface = LINK_LOOPBACK};
    address_unmap(&own.wanted);
    link_each_address(own_visit, &own);
    return own.interface;
}
