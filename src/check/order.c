/* SPDX-License-Identifier: ISC */
/* What the rules share: orders of sockets, and whether a queue was read. */
#include "check/judge.h"

#include <netinet/in.h>
#include <string.h>

/* The bytes of the host, 4 or 16; IPv4 within IPv6 has 4. */
static size_t host_bytes(const struct address *address, const unsigned char **bytes)
{
    if (address->sa.sa_family == AF_INET) {
        *bytes = (const unsigned char *)&address->in.sin_addr;
        return 4;
    }
    bool is_mapped = address_is_mapped(address);
    *bytes = address->in6.sin6_addr.s6_addr + (is_mapped ? 12 : 0);
    return is_mapped ? 4 : 16;
}

int order_hosts(const struct address *a, const struct address *b)
{
    const unsigned char *x, *y;
    if (a->length == 0 || b->length == 0)
        return (a->length != 0) - (b->length != 0);
    size_t x_size = host_bytes(a, &x), y_size = host_bytes(b, &y);
    if (x_size != y_size)
        return x_size < y_size ? -1 : 1;
    int order = memcmp(x, y, x_size);
    if (order == 0 && x_size == 16)
        order = (a->in6.sin6_scope_id > b->in6.sin6_scope_id) - (a->in6.sin6_scope_id < b->in6.sin6_scope_id);
    return order;
}

int order_ends(const struct address *a, const struct address *b)
{
    int order = order_hosts(a, b);
    return order ? order : address_port(a) - address_port(b);
}

#define CHECKED(data) ((const struct checked *)(data))

int by_process(const void *a, const void *b)
{
    const struct procfs_holder *x = CHECKED(a)->holder, *y = CHECKED(b)->holder;
    return (x ? x->pid : -1) - (y ? y->pid : -1);
}

int by_peer_host(const void *a, const void *b)
{
    return order_hosts(&CHECKED(a)->now->peer, &CHECKED(b)->now->peer);
}

int by_peer(const void *a, const void *b)
{
    return order_ends(&CHECKED(a)->now->peer, &CHECKED(b)->now->peer);
}

int by_local(const void *a, const void *b)
{
    return order_ends(&CHECKED(a)->now->local, &CHECKED(b)->now->local);
}

int by_local_port(const void *a, const void *b)
{
    return address_port(&CHECKED(a)->now->local) - address_port(&CHECKED(b)->now->local);
}

bool nothing_read(const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now, *then = socket->then;
    return then && now->tcpinfo.length > 0 && now->receive_queue > 0 && then->receive_queue > 0 &&
           now->tcpinfo.is.tcpi_bytes_received - then->tcpinfo.is.tcpi_bytes_received ==
               (uint64_t)now->receive_queue - then->receive_queue;
}
