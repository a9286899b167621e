/* SPDX-License-Identifier: ISC */
/* The rules of ip-rule(8) that the packets of a socket meet. */
#include "kernel/route/rule.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "kernel/route/message.h"

static void take_name(char name[IF_NAMESIZE], const struct nlattr *attribute)
{
    if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
        strlcpy(name, mnl_attr_get_str(attribute), IF_NAMESIZE);
}

static void take_bytes(void *to, size_t size, const struct nlattr *attribute)
{
    if (mnl_attr_get_payload_len(attribute) >= size)
        memcpy(to, mnl_attr_get_payload(attribute), size);
}

static void take_ports(int *low, int *high, const struct nlattr *attribute)
{
    struct fib_rule_port_range range = {.end = 0};
    take_bytes(&range, sizeof(range), attribute);
    *low = range.start;
    *high = range.end;
}

static void take_uids(struct rule *rule, const struct nlattr *attribute)
{
    struct fib_rule_uid_range range = {.start = 0};
    take_bytes(&range, sizeof(range), attribute);
    rule->uid_low = range.start;
    rule->uid_high = range.end;
    rule->has_uids = true;
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
    struct rule *rule = data;
    const void *payload = mnl_attr_get_payload(attribute);
    size_t length = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case FRA_DST: rule->to = host_address(rule->to.sa.sa_family, payload, length); break;
    case FRA_SRC: rule->from = host_address(rule->from.sa.sa_family, payload, length); break;
    case FRA_IIFNAME: take_name(rule->in, attribute); break;
    case FRA_OIFNAME: take_name(rule->out, attribute); break;
    case FRA_PRIORITY: take_bytes(&rule->priority, sizeof(rule->priority), attribute); break;
    case FRA_TABLE: take_bytes(&rule->table, sizeof(rule->table), attribute); break;
    case FRA_FWMARK: take_bytes(&rule->mark, sizeof(rule->mark), attribute); break;
    case FRA_FWMASK: take_bytes(&rule->mask, sizeof(rule->mask), attribute); break;
    case FRA_UID_RANGE: take_uids(rule, attribute); break;
    case FRA_IP_PROTO: take_bytes(&rule->protocol, sizeof(rule->protocol), attribute); break;
    case FRA_SPORT_RANGE: take_ports(&rule->source_low, &rule->source_high, attribute); break;
    case FRA_DPORT_RANGE: take_ports(&rule->port_low, &rule->port_high, attribute); break;
    default: break;
    }
    return MNL_CB_OK;
}

static bool prefix_met(const struct address *prefix, int bits, const struct address *address)
{
    struct address plain = address ? *address : (struct address){.length = 0};
    if (bits == 0)
        return true;
    address_unmap(&plain);
    return plain.length > 0 && plain.sa.sa_family == prefix->sa.sa_family &&
           prefix_matches(prefix, bits, &plain);
}

static bool port_met(int low, int high, int port)
{
    return high == 0 || (port >= low && port <= high);
}

/* As fib_rule_match(), fib4_rule_match() and fib6_rule_match() in the kernel. */
static bool is_met(const struct rule *rule, const struct route_query *query)
{
    char out[IF_NAMESIZE] = "";
    uid_t uid = geteuid();
    if (query->interface != 0)
        if_indextoname(query->interface, out);
    bool interfaces =
        (!rule->in[0] || strcmp(rule->in, "lo") == 0) && (!rule->out[0] || strcmp(rule->out, out) == 0);
    bool socket = ((rule->mark ^ query->mark) & rule->mask) == 0 &&
                  (!rule->has_uids || (uid >= rule->uid_low && uid <= rule->uid_high)) &&
                  (rule->tos == 0 || rule->tos == (query->tos & 0xfc));
    bool ends = prefix_met(&rule->to, rule->to_length, query->to) &&
                prefix_met(&rule->from, rule->from_length, query->from);
    bool ports = (rule->protocol == 0 || rule->protocol == query->protocol) &&
                 port_met(rule->port_low, rule->port_high, address_port(query->to)) &&
                 port_met(rule->source_low, rule->source_high, query->source_port);
    return (interfaces && socket && ends && ports) != rule->inverted;
}

static enum rule_action action_of(const struct fib_rule_hdr *header)
{
    switch (header->action) {
    case FR_ACT_TO_TBL: return RULE_TABLE;
    case FR_ACT_BLACKHOLE: return RULE_BLACKHOLE;
    case FR_ACT_UNREACHABLE: return RULE_UNREACHABLE;
    case FR_ACT_PROHIBIT: return RULE_PROHIBIT;
    default: return RULE_NONE;
    }
}

struct walk {
    const struct route_query *query;
    rule_visit *visit;
    void *data;
    int result;
};

/* The kernel lists them in the order of priority. */
static int walk_rule(const struct nlmsghdr *message, void *data)
{
    struct walk *walk = data;
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return MNL_CB_OK;
    struct rule rule = {.action = action_of(header),
        .table = header->table,
        .inverted = header->flags & FIB_RULE_INVERT,
        .to_length = header->dst_len,
        .from_length = header->src_len,
        .tos = header->tos};
    rule.to.sa.sa_family = rule.from.sa.sa_family = header->family;
    mnl_attr_parse(message, sizeof(*header), take_attribute, &rule);
    if (is_met(&rule, walk->query))
        walk->result = walk->visit(&rule, walk->data);
    return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int rule_each(const struct route_query *query, rule_visit *visit, void *data)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *header = request_begin(buffer, RTM_GETRULE, NLM_F_DUMP);
    struct fib_rule_hdr *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    struct walk walk = {.query = query, .visit = visit, .data = data};
    struct address to = *query->to;
    address_unmap(&to);
    request->family = (unsigned char)to.sa.sa_family;
    if (netlink_ask(NETLINK_ROUTE, header, walk_rule, &walk) < 0)
        return -1;
    return walk.result;
}
