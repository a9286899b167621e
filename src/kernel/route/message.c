/* SPDX-License-Identifier: ISC */
/* What questions about routes, rules, links and addresses share (rtnetlink(7)). */
#include "kernel/route/message.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/param.h>

const void *host_bytes(const struct address *address)
{
    return address->sa.sa_family == AF_INET6 ? (const void *)&address->in6.sin6_addr
                                             : (const void *)&address->in.sin_addr;
}

size_t host_size(int family)
{
    return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

struct address host_address(int family, const void *bytes, size_t length)
{
    struct address address = {.length = family == AF_INET6 ? sizeof(address.in6) : sizeof(address.in)};
    address.sa.sa_family = (sa_family_t)family;
    memcpy(family == AF_INET6 ? (void *)&address.in6.sin6_addr : (void *)&address.in.sin_addr, bytes,
        MIN(length, host_size(family)));
    return address;
}

bool prefix_matches(const struct address *prefix, int bits, const struct address *address)
{
    const unsigned char *a = host_bytes(prefix), *b = host_bytes(address);
    int whole = bits / 8, rest = bits % 8;
    if (bits < 0 || (size_t)bits > 8 * host_size(prefix->sa.sa_family) || memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

struct nlmsghdr *request_begin(char *buffer, int type, int flags)
{
    /* The padding of attributes goes to the kernel too. */
    memset(buffer, 0, REQUEST_MAX);
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = (uint16_t)type;
    header->nlmsg_flags = (uint16_t)flags;
    return header;
}
