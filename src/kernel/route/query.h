/* SPDX-License-Identifier: ISC */
/* What the way of a packet depends on. */
#ifndef KERNEL_ROUTE_QUERY_H
#define KERNEL_ROUTE_QUERY_H

#include <stdint.h>

#include "base/address.h"

/* The tables look at the addresses, the rules (ip-rule(8)) at everything, and at the user of this process. */
struct route_query {
    const struct address *to;   /* IPv4 or IPv6, with its port if there is a protocol */
    const struct address *from; /* NULL: the kernel may choose */
    uint32_t interface;         /* index the socket is bound to (SO_BINDTODEVICE), or 0 */
    uint32_t mark;              /* SO_MARK */
    uint8_t tos;                /* IP_TOS, IPV6_TCLASS */
    int source_port;            /* if there is a protocol; 0: none yet */
    int protocol;               /* IPPROTO_TCP, IPPROTO_UDP; 0: any */
};

#endif
