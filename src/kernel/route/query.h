/* What decides about the way of a packet. */
#ifndef KERNEL_ROUTE_QUERY_H
#define KERNEL_ROUTE_QUERY_H

#include <stdint.h>

#include "base/address.h"

/* The tables look at the addresses, the rules (ip-rule(8)) at all of it, and at this process's user. */
struct route_query {
    const struct address *to;   /* IPv4 or IPv6, with its port where a protocol is given */
    const struct address *from; /* NULL: the kernel may choose */
    uint32_t interface;         /* that the socket is bound to (SO_BINDTODEVICE), or 0 */
    uint32_t mark;              /* SO_MARK */
    uint8_t tos;                /* IP_TOS, IPV6_TCLASS */
    int source_port;            /* where a protocol is given; 0: none yet */
    int protocol;               /* IPPROTO_TCP, IPPROTO_UDP; 0: any */
};

#endif
