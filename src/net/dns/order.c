/* SPDX-License-Identifier: ISC */
/* The rules of RFC 6724 that order addresses; see order.h. */
#include "net/dns/order.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

enum { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

/* Every address as IPv6; IPv4 is mapped (RFC 6724, 2.1). */
static struct in6_addr plain(const struct address *address)
{
    struct in6_addr bytes = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    if (address->sa.sa_family == AF_INET6)
        return address->in6.sin6_addr;
    memcpy(bytes.s6_addr + 12, &address->in.sin_addr, sizeof(address->in.sin_addr));
    return bytes;
}

/* How many bits two addresses have in common from the first on. */
static int common_bits(const struct in6_addr *a, const struct in6_addr *b)
{
    int bits = 0;
    while (bits < 128 && !((a->s6_addr[bits / 8] ^ b->s6_addr[bits / 8]) & (0x80 >> bits % 8)))
        bits++;
    return bits;
}

/* default_labels and default_precedence of glibc's sysdeps/posix/getaddrinfo.c; the longest prefix counts. */
struct policy {
    struct in6_addr prefix;
    int bits, precedence, label;
};

static const struct policy *policy_of(const struct address *address)
{
    static const struct policy table[] = {
        {.prefix = IN6ADDR_LOOPBACK_INIT, .bits = 128, .precedence = 50, .label = 0},
        {{.s6_addr = {[10] = 0xff, [11] = 0xff}}, 96, 10, 4},
        {{.s6_addr = {0}}, 96, 20, 3},
        {{.s6_addr = {0x20, 0x01}}, 32, 40, 7},
        {{.s6_addr = {0x20, 0x02}}, 16, 30, 2},
        {{.s6_addr = {0xfe, 0xc0}}, 10, 40, 5},
        {{.s6_addr = {0xfc}}, 7, 40, 6},
    };
    static const struct policy rest = {.precedence = 40, .label = 1};
    struct in6_addr bytes = plain(address);
    for (size_t i = 0; i < array_size(table); i++)
        if (common_bits(&bytes, &table[i].prefix) >= table[i].bits)
            return &table[i];
    return &rest;
}

/* RFC 6724, 3.1 and 3.2. */
static int scope_of(const struct address *address)
{
    struct in6_addr bytes = plain(address);
    const uint8_t *ipv4 = bytes.s6_addr + 12;
    if (IN6_IS_ADDR_MULTICAST(&bytes))
        return bytes.s6_addr[1] & 0x0f;
    if (IN6_IS_ADDR_V4MAPPED(&bytes))
        return ipv4[0] == 127 || (ipv4[0] == 169 && ipv4[1] == 254) ? SCOPE_LINK : SCOPE_GLOBAL;
    if (IN6_IS_ADDR_LINKLOCAL(&bytes) || IN6_IS_ADDR_LOOPBACK(&bytes))
        return SCOPE_LINK;
    return IN6_IS_ADDR_SITELOCAL(&bytes) ? SCOPE_SITE : SCOPE_GLOBAL;
}

/* What a rule looks at: the greater is preferred. */
static int merit(int rule, const struct order_end *end)
{
    struct in6_addr to = plain(&end->address), from = plain(&end->source);
    bool is_reachable = end->source.length > 0;
    switch (rule) {
    case 1: return is_reachable;
    case 2: return is_reachable && scope_of(&end->address) == scope_of(&end->source);
    case 3: return is_reachable && !end->deprecated;
    case 5: return is_reachable && policy_of(&end->address)->label == policy_of(&end->source)->label;
    case 6: return policy_of(&end->address)->precedence;
    case 8: return -scope_of(&end->address);
    case 9: return end->address.sa.sa_family == AF_INET6 && is_reachable ? common_bits(&to, &from) : 0;
    default: return 0;
    }
}

int order_rule(const struct order_end *first, const struct order_end *second, const char **text)
{
    static const struct {
        int rule;
        const char *text;
    } rules[] = {{1, "the other cannot be reached"}, {2, "its scope is that of its source address"},
        {3, "the source address of the other is deprecated"}, {5, "its label is that of its source address"},
        {6, "its precedence is higher"}, {8, "its scope is smaller"},
        {9, "it has more bits in common with its source address"}};
    bool same_family = first->address.sa.sa_family == second->address.sa.sa_family;
    for (size_t i = 0; i < array_size(rules); i++) {
        int difference = merit(rules[i].rule, first) - merit(rules[i].rule, second);
        *text = rules[i].text;
        if (difference != 0 && (rules[i].rule != 9 || same_family))
            return difference > 0 ? rules[i].rule : -rules[i].rule;
    }
    *text = NULL;
    return 0;
}
