/* SPDX-License-Identifier: ISC */
/* Which address of this host a datagram was sent to; see pktinfo.h. */
#include "net/data/pktinfo.h"

#include <string.h>

#include "call/call.h"
#include "net/socket/ancillary.h"

#define LINK_LOCAL_NET4 0xa9fe /* 169.254.0.0/16, RFC 3927 */

bool pktinfo_matters(const struct address *local)
{
    return (local->sa.sa_family == AF_INET || local->sa.sa_family == AF_INET6) && address_is_wildcard(local);
}

void pktinfo_ask(struct sink *sink, int fd, const struct settings *settings, sa_family_t family, bool both)
{
    const int on = 1;
    if (family == AF_INET6 && !settings_has(settings, IPPROTO_IPV6, IPV6_RECVPKTINFO))
        CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on, "1");
    if ((family == AF_INET || both) && !settings_has(settings, IPPROTO_IP, IP_PKTINFO))
        CALL_SETSOCKOPT(sink, fd, IPPROTO_IP, IP_PKTINFO, on, "1");
}

/* Whether an address is good on one link only. */
static bool is_link_local(const struct address *address)
{
    struct address plain = *address;
    address_unmap(&plain);
    if (plain.length && plain.sa.sa_family == AF_INET6)
        return IN6_IS_ADDR_LINKLOCAL(&plain.in6.sin6_addr);
    return plain.length && plain.sa.sa_family == AF_INET &&
           ntohl(plain.in.sin_addr.s_addr) >> 16 == LINK_LOCAL_NET4;
}

/* ipi_spec_dst is an address of this host even if the datagram was sent to a group. */
static void pktinfo4_read(const struct cmsghdr *item, struct pktinfo *pktinfo)
{
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(item), sizeof(info));
    const struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = info.ipi_spec_dst};
    *pktinfo = (struct pktinfo){
        .local = address_from(&local, sizeof(local)), .interface = (unsigned)info.ipi_ifindex};
}

/* Of IPv4 over an IPv6 socket IP_PKTINFO says more; a group cannot be answered from. */
static void pktinfo6_read(const struct cmsghdr *item, struct pktinfo *pktinfo)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(item), sizeof(info));
    if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr))
        return;
    struct sockaddr_in6 local = {.sin6_family = AF_INET6};
    if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
        local.sin6_addr = info.ipi6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&local.sin6_addr))
        local.sin6_scope_id = info.ipi6_ifindex;
    *pktinfo = (struct pktinfo){.local = address_from(&local, sizeof(local)), .interface = info.ipi6_ifindex};
}

/* Closes the gap; the item after it is then in its place. */
static void item_remove(struct msghdr *message, struct cmsghdr *item)
{
    char *end = (char *)message->msg_control + message->msg_controllen;
    char *next = (char *)item + CMSG_SPACE(item->cmsg_len - CMSG_LEN(0));
    size_t rest = next < end ? (size_t)(end - next) : 0;
    memmove(item, next, rest);
    message->msg_controllen = (size_t)((char *)item - (char *)message->msg_control) + rest;
}

static bool is_option(const struct cmsghdr *item, int level, int type, size_t length)
{
    return item->cmsg_level == level && item->cmsg_type == type && item->cmsg_len >= CMSG_LEN(length);
}

static void items_remove(struct msghdr *message, int level, int type)
{
    struct cmsghdr *item = CMSG_FIRSTHDR(message);
    while (item && !is_option(item, level, type, 0))
        item = CMSG_NXTHDR(message, item);
    if (item)
        item_remove(message, item);
}

struct pktinfo pktinfo_take(struct msghdr *message, bool hide4, bool hide6)
{
    struct pktinfo pktinfo = {.interface = 0};
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (is_option(item, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo)))
            pktinfo4_read(item, &pktinfo);
        else if (is_option(item, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo)))
            pktinfo6_read(item, &pktinfo);
    }
    if (hide4)
        items_remove(message, IPPROTO_IP, IP_PKTINFO);
    if (hide6)
        items_remove(message, IPPROTO_IPV6, IPV6_PKTINFO);
    struct address from = {.length = 0};
    if (message->msg_name && message->msg_namelen)
        from = address_from(message->msg_name, message->msg_namelen);
    /* Elsewhere the route says by which interface: it need not be the one that the question came by. */
    if (!is_link_local(&from) && !is_link_local(&pktinfo.local))
        pktinfo.interface = 0;
    return pktinfo;
}

void pktinfo_put(struct msghdr *message, size_t room, const struct pktinfo *pktinfo)
{
    const struct address *local = &pktinfo->local;
    if (local->length && local->sa.sa_family == AF_INET) {
        const struct in_pktinfo info = {
            .ipi_ifindex = (int)pktinfo->interface, .ipi_spec_dst = local->in.sin_addr};
        ancillary_put(message, room, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else if (local->length) {
        const struct in6_pktinfo info = {
            .ipi6_ifindex = pktinfo->interface, .ipi6_addr = local->in6.sin6_addr};
        ancillary_put(message, room, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
}

ssize_t pktinfo_receive(struct sink *sink, int fd, void *bytes, size_t length, int flags,
    struct address *from, struct pktinfo *pktinfo)
{
    /* The user may ask for more by -o: what does not fit is dropped, and these two come first. */
    char control[2 * PKTINFO_ROOM] __attribute__((aligned(8)));
    struct iovec piece = {.iov_base = bytes, .iov_len = length};
    struct msghdr message = {.msg_name = &from->storage,
        .msg_namelen = sizeof(from->storage),
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control)};
    ssize_t received = call_recvmsg(sink, fd, &message, flags);
    from->length = received < 0 ? 0 : message.msg_namelen;
    if (received >= 0)
        *pktinfo = pktinfo_take(&message, false, false);
    return received;
}

ssize_t pktinfo_send(struct sink *sink, int fd, const void *bytes, size_t length, int flags,
    const struct address *to, const struct pktinfo *pktinfo)
{
    char control[PKTINFO_ROOM] __attribute__((aligned(8))) = {0};
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_name = (void *)&to->storage,
        .msg_namelen = to->length,
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control};
    pktinfo_put(&message, sizeof(control), pktinfo);
    return call_sendmsg(sink, fd, &message, flags);
}
