/* Whether two sockets want the same port, and whether any ephemeral port is left. */
#include "why/ports.h"

#include <netinet/in.h>

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
    int taken;
};

struct count {
    const struct address *peer;
    struct ephemeral *ephemeral;
    unsigned char seen[65536 / 8]; /* a port counts once, however many sockets have it */
};

static int count_port(const struct sockdiag_socket *socket, void *data)
{
    struct count *count = data;
    int port = address_port(&socket->local);
    struct address peer = socket->peer;
    address_unmap(&peer);
    if (port < count->ephemeral->low || port > count->ephemeral->high)
        return 0;
    if (count->peer && !address_equal(&peer, count->peer))
        return 0;
    count->ephemeral->taken += !(count->seen[port / 8] >> port % 8 & 1);
    count->seen[port / 8] |= (unsigned char)(1u << port % 8);
    return 0;
}

/* Counts the ephemeral ports, and how many of them are taken: by protocol, towards peer if not NULL, else by
 * any socket. */
static int ephemeral_count(int protocol, const struct address *peer, struct ephemeral *ephemeral)
{
    struct address plain = peer ? *peer : (struct address){.length = 0};
    struct count count = {.peer = peer ? &plain : NULL, .ephemeral = ephemeral};
    int64_t range[2];
    address_unmap(&plain);
    if (procfs_sysctl("net.ipv4.ip_local_port_range", range, 2) != 2)
        return -1;
    *ephemeral = (struct ephemeral){.low = range[0], .high = range[1]};
    for (int i = 0; i < 2; i++) {
        struct sockdiag_query query = {.family = i == 0 ? AF_INET : AF_INET6, .protocol = protocol};
        if (sockdiag_each(&query, count_port, &count) < 0)
            return -1;
    }
    return 0;
}

void cause_exhausted(struct why *why, int protocol, const struct address *peer)
{
    struct ephemeral ephemeral;
    if (ephemeral_count(protocol, peer, &ephemeral) < 0)
        return;
    const struct field fields[] = {F_INT("taken", ephemeral.taken),
        F_INT("count", ephemeral.high - ephemeral.low + 1), F_INT("low", ephemeral.low),
        F_INT("high", ephemeral.high), F_ADDRESS("peer", peer), F_END};
    bool all = ephemeral.taken > ephemeral.high - ephemeral.low;
    cause_emit(why, all ? CAUSE_PORTS_EXHAUSTED : CAUSE_NO_PORT_FOUND, fields);
}
