/* SPDX-License-Identifier: ISC */
/* Whether two sockets want the same port, and whether any ephemeral port is left. */
#include "why/ports.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"

bool addresses_conflict(
    const struct address *held, bool held_v6only, const struct address *wanted, bool wanted_v6only)
{
    struct address a = *held, b = *wanted;
    address_unmap(&a);
    address_unmap(&b);
    bool a_any = address_is_wildcard(&a), b_any = address_is_wildcard(&b);
    if (a.sa.sa_family != b.sa.sa_family) {
        /* Only an IPv6 wildcard that also accepts IPv4 covers the other family. */
        if (a.sa.sa_family == AF_INET6)
            return a_any && !held_v6only;
        return b_any && !wanted_v6only;
    }
    if (a_any || b_any)
        return true;
    address_set_port(&a, 0);
    address_set_port(&b, 0);
    if (a.sa.sa_family == AF_INET6 && (a.in6.sin6_scope_id == 0 || b.in6.sin6_scope_id == 0))
        a.in6.sin6_scope_id = b.in6.sin6_scope_id = 0;
    return address_equal(&a, &b);
}

struct ephemeral {
    int64_t low, high;
    int taken, time_wait; /* of these, and the first that ends in nanoseconds */
    int64_t first_free;
};

struct count {
    const struct address *peer;
    const struct address *source; /* from which peer is asked; NULL: any */
    struct ephemeral *ephemeral;
    unsigned char seen[65536 / 8]; /* a port counts once, however many sockets have it */
};

static bool same_host(const struct address *a, const struct address *b)
{
    struct address x = *a, y = *b;
    address_unmap(&x);
    address_unmap(&y);
    address_set_port(&x, 0);
    address_set_port(&y, 0);
    return address_equal(&x, &y);
}

/* A port that bind() gave away is passed over by connect(), whatever its peers; others only if the connection
 * would be the same one (__inet_hash_connect() in the kernel). */
static bool takes_port(const struct count *count, const struct sockdiag_socket *socket)
{
    struct address peer = socket->peer;
    if (!count->peer || socket->peer.length == 0)
        return true;
    address_unmap(&peer);
    return address_equal(&peer, count->peer) && (!count->source || same_host(count->source, &socket->local));
}

static int count_port(const struct sockdiag_socket *socket, void *data)
{
    struct count *count = data;
    struct ephemeral *ephemeral = count->ephemeral;
    int port = address_port(&socket->local);
    if (port < ephemeral->low || port > ephemeral->high || !takes_port(count, socket) ||
        count->seen[port / 8] >> port % 8 & 1)
        return 0;
    count->seen[port / 8] |= (unsigned char)(1u << port % 8);
    ephemeral->taken++;
    if (socket->state != TCP_TIME_WAIT)
        return 0;
    if (ephemeral->time_wait++ == 0 || socket->expires < ephemeral->first_free)
        ephemeral->first_free = socket->expires;
    return 0;
}

/* Counts the ephemeral ports, and how many of them are taken: by protocol, from source (NULL: any) towards
 * peer, or if that is NULL by any socket. */
static int ephemeral_count(
    int protocol, const struct address *source, const struct address *peer, struct ephemeral *ephemeral)
{
    struct address plain = peer ? *peer : (struct address){.length = 0};
    cleanup_free struct count *count = calloc(1, sizeof(*count));
    int64_t range[2];
    if (!count)
        return -1;
    *count = (struct count){.peer = peer ? &plain : NULL, .source = source, .ephemeral = ephemeral};
    address_unmap(&plain);
    if (procfs_sysctl("net.ipv4.ip_local_port_range", range, 2) != 2)
        return -1;
    *ephemeral = (struct ephemeral){.low = range[0], .high = range[1]};
    for (int i = 0; i < 2; i++) {
        struct sockdiag_query query = {.family = i == 0 ? AF_INET : AF_INET6, .protocol = protocol};
        if (sockdiag_each(&query, count_port, count) < 0)
            return -1;
    }
    return 0;
}

void cause_exhausted(struct why *why, int protocol, const struct address *source, const struct address *peer)
{
    struct ephemeral ephemeral;
    int64_t reuse;
    if (ephemeral_count(protocol, source, peer, &ephemeral) < 0)
        return;
    bool all = ephemeral.taken > ephemeral.high - ephemeral.low, waits = ephemeral.time_wait > 0;
    bool known = waits && procfs_sysctl("net.ipv4.tcp_tw_reuse", &reuse, 1) == 1;
    const struct field fields[] = {F_INT("taken", ephemeral.taken),
        F_INT("count", ephemeral.high - ephemeral.low + 1), F_INT("low", ephemeral.low),
        F_INT("high", ephemeral.high), F_ADDRESS("peer", peer),
        waits ? F_INT("time_wait", ephemeral.time_wait) : F_NONE,
        waits ? F_TIME("first_free", ephemeral.first_free) : F_NONE,
        known ? F_INT("tw_reuse", reuse) : F_NONE, F_END};
    cause_emit(why, all ? CAUSE_PORTS_EXHAUSTED : CAUSE_NO_PORT_FOUND, fields);
}
