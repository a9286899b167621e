/* SPDX-License-Identifier: ISC */
/* Matches sockets against a filter. */
#include "kernel/sockdiag/filter.h"

#include <netinet/in.h>
#include <string.h>

/* The states in which the kernel keeps what it lists as SYN_RECV and as CLOSE (TCP_NEW_SYN_RECV and, since
 * Linux 6.8, TCP_BOUND_INACTIVE of net/tcp_states.h). */
#define STATE_NEW_SYN_RECV   12
#define STATE_BOUND_INACTIVE 13

const struct socket_filter socket_filter_all = SOCKET_FILTER_DEFAULTS;

static bool has_port(const struct ports *ports, const struct address *address)
{
    int port = address_port(address);
    return port >= 0 && (ports->bits[port / 64] >> port % 64 & 1) != 0;
}

static bool ports_want(const struct socket_filter *filter, const struct sockdiag_socket *socket)
{
    return (!filter->local_port.given || has_port(&filter->local_port.ports, &socket->local)) &&
           (!filter->peer_port.given || has_port(&filter->peer_port.ports, &socket->peer)) &&
           (!filter->either_port.given || has_port(&filter->either_port.ports, &socket->local) ||
               has_port(&filter->either_port.ports, &socket->peer));
}

static bool bits_agree(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;
    return memcmp(a, b, bits / 8) == 0 &&
           (rest == 0 || ((a[bits / 8] ^ b[bits / 8]) & 0xff << (8 - rest) & 0xff) == 0);
}

static bool prefix_wants(const struct filter_prefix *prefix, const struct address *address)
{
    if (prefix->address.sa.sa_family != address->sa.sa_family)
        return false;
    if (address->sa.sa_family == AF_INET)
        return bits_agree((const unsigned char *)&prefix->address.in.sin_addr,
            (const unsigned char *)&address->in.sin_addr, prefix->bits);
    uint32_t scope = prefix->address.in6.sin6_scope_id;
    return (scope == 0 || scope == address->in6.sin6_scope_id) &&
           bits_agree(prefix->address.in6.sin6_addr.s6_addr, address->in6.sin6_addr.s6_addr, prefix->bits);
}

/* An IPv4 connection of an IPv6 socket has IPv4 addresses, and the IPv6 ones that carry them. */
static bool prefixes_want(const struct filter_prefixes *prefixes, const struct address *address)
{
    struct address plain = *address;
    if (prefixes->count == 0)
        return true;
    if (address->sa.sa_family != AF_INET && address->sa.sa_family != AF_INET6)
        return false;
    address_unmap(&plain);
    for (size_t i = 0; i < prefixes->count; i++)
        if (prefix_wants(&prefixes->items[i], address) || prefix_wants(&prefixes->items[i], &plain))
            return true;
    return false;
}

static bool kind_wants(const struct socket_filter *filter, const struct sockdiag_socket *socket)
{
    bool any = !filter->tcp && !filter->udp && !filter->local;
    if (socket->family == AF_UNIX)
        return filter->local;
    return (filter->family == AF_UNSPEC || filter->family == socket->family) &&
           (any || (socket->protocol == IPPROTO_TCP ? filter->tcp : filter->udp));
}

static bool is_waiting(const struct sockdiag_socket *socket)
{
    bool is_datagram = socket->family == AF_UNIX ? socket->local.length > 0 : socket->protocol == IPPROTO_UDP;
    return socket->state == TCP_LISTEN ||
           (is_datagram && socket->state == TCP_CLOSE && socket->peer.length == 0);
}

bool filter_wants_in_any_state(const struct socket_filter *filter, const struct sockdiag_socket *socket)
{
    return kind_wants(filter, socket) && ports_want(filter, socket) &&
           prefixes_want(&filter->local_prefix, &socket->local) &&
           prefixes_want(&filter->peer_prefix, &socket->peer) &&
           (filter->interface == 0 || filter->interface == socket->interface) &&
           (filter->uid < 0 || (socket->inode != 0 && filter->uid == socket->uid));
}

bool filter_wants(const struct socket_filter *filter, const struct sockdiag_socket *socket)
{
    return (filter->states == 0 || (filter->states & SOCKDIAG_STATE(socket->state)) != 0) &&
           (!filter->listening || is_waiting(socket)) && filter_wants_in_any_state(filter, socket);
}

bool filter_needs_holder(const struct socket_filter *filter)
{
    return filter->pid >= 0 || filter->program;
}

bool filter_wants_holder(
    const struct socket_filter *filter, const struct procfs_holder *holders, size_t count)
{
    if (!filter_needs_holder(filter))
        return true;
    for (size_t i = 0; i < count; i++)
        if ((filter->pid < 0 || filter->pid == holders[i].pid) &&
            (!filter->program || strcmp(filter->program, holders[i].program) == 0))
            return true;
    return false;
}

uint32_t filter_states(const struct socket_filter *filter, int protocol)
{
    uint32_t states = filter->states ? filter->states : SOCKDIAG_ANY_STATE;
    if (filter->listening)
        states &= protocol == IPPROTO_TCP   ? SOCKDIAG_STATE(TCP_LISTEN)
                  : protocol == IPPROTO_UDP ? SOCKDIAG_STATE(TCP_CLOSE)
                                            : SOCKDIAG_STATE(TCP_LISTEN) | SOCKDIAG_STATE(TCP_CLOSE);
    if (states & SOCKDIAG_STATE(TCP_SYN_RECV))
        states |= SOCKDIAG_STATE(STATE_NEW_SYN_RECV);
    if (states & SOCKDIAG_STATE(TCP_CLOSE))
        states |= SOCKDIAG_STATE(STATE_BOUND_INACTIVE);
    return states;
}
