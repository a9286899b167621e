/* SPDX-License-Identifier: ISC */
/* Which address of this host a datagram was sent to, so that the answer leaves from there: a socket that is
 * bound to the wildcard would be given one by the route. IP_PKTINFO in ip(7), IPV6_PKTINFO in ipv6(7). */
#ifndef NET_DATA_PKTINFO_H
#define NET_DATA_PKTINFO_H

#include <stdbool.h>

#include "base/address.h"
#include "net/socket/sockopt.h"
#include "report/event.h"

/* None when zeroed. */
struct pktinfo {
    struct address local; /* port 0; length 0: let the kernel choose */
    unsigned interface;   /* the index of the interface to answer by; 0: let the kernel choose */
};

/* Room for one in a control buffer. */
#define PKTINFO_ROOM CMSG_SPACE(sizeof(struct in6_pktinfo))

/* Whether a datagram socket with this local address can be sent to at several addresses. */
bool pktinfo_matters(const struct address *local);

/* Asks the kernel for it, for both families if the IPv6 socket carries IPv4 too, except for an option that
 * the user has set. */
void pktinfo_ask(struct sink *sink, int fd, const struct settings *settings, sa_family_t family, bool both);

/* Finds it in a received message. hide4, hide6: removes the items of that option from the message, because
 * the user did not ask to see them. */
struct pktinfo pktinfo_take(struct msghdr *message, bool hide4, bool hide6);

/* Appends it to the items of a message; room: of the control buffer. */
void pktinfo_put(struct msghdr *message, size_t room, const struct pktinfo *pktinfo);

/* As recvfrom(2) and sendto(2). */
ssize_t pktinfo_receive(struct sink *sink, int fd, void *bytes, size_t length, int flags,
    struct address *from, struct pktinfo *pktinfo);
ssize_t pktinfo_send(struct sink *sink, int fd, const void *bytes, size_t length, int flags,
    const struct address *to, const struct pktinfo *pktinfo);

#endif
