/* SPDX-License-Identifier: ISC */
/* Who serves an address of this host, as the kernel looks it up, and who nearly does. */
#include "why/servers.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "kernel/route/link.h"
#include "why/ports.h"

struct address servers_target(const struct failure *failure)
{
    static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct address target = failure->address, own = failure->evidence.local;
    address_unmap(&target);
    address_unmap(&own);
    if (!address_is_wildcard(&target))
        return target;
    if (own.length > 0 && own.sa.sa_family == target.sa.sa_family && !address_is_wildcard(&own)) {
        address_set_port(&own, address_port(&target));
        return own;
    }
    if (target.sa.sa_family == AF_INET6)
        target.in6.sin6_addr = loopback;
    else
        target.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return target;
}

bool servers_is_elsewhere(const struct servers *servers, const struct sockdiag_socket *socket)
{
    return socket->interface != 0 && socket->interface != servers->interface;
}

static bool is_peer(const struct address *own, const struct address *peer)
{
    struct address plain = *peer;
    address_unmap(&plain);
    return own->length > 0 && address_equal(own, &plain);
}

/* compute_score() in net/ipv4/inet_hashtables.c and net/ipv4/udp.c: the exact address first, then the bound
 * interface, then the family. */
static int rank_of(const struct servers *servers, const struct sockdiag_socket *socket)
{
    return 4 * !address_is_wildcard(&socket->local) + 2 * (socket->interface != 0) +
           (socket->family == servers->peer.sa.sa_family);
}

static void keep(struct servers *servers, const struct sockdiag_socket *socket)
{
    int rank = rank_of(servers, socket);
    if (servers->count > 0 && rank < servers->rank)
        return;
    if (rank > servers->rank)
        servers->count = 0;
    servers->rank = rank;
    if (servers->count < SERVERS_MOST)
        servers->at[servers->count++] = *socket;
}

static void keep_first(struct sockdiag_socket *kept, bool *has, const struct sockdiag_socket *socket)
{
    if (!*has)
        *kept = *socket;
    *has = true;
}

static int servers_visit(const struct sockdiag_socket *socket, void *data)
{
    struct servers *servers = data;
    bool is_tcp = socket->protocol == IPPROTO_TCP;
    bool connected = socket->peer.length > 0;
    bool serves = is_tcp ? socket->state == TCP_LISTEN : !connected || is_peer(&servers->own, &socket->peer);
    bool matches = addresses_conflict(&socket->local, socket->v6only, &servers->peer, false) &&
                   !servers_is_elsewhere(servers, socket);
    if (serves && matches)
        keep(servers, socket);
    else if (serves)
        keep_first(&servers->near, &servers->has_near, socket);
    else if (is_tcp && matches && socket->state == TCP_CLOSE && !connected)
        keep_first(&servers->idle, &servers->has_idle, socket);
    else if (!is_tcp && matches)
        keep_first(&servers->engaged, &servers->has_engaged, socket);
    return 0;
}

static bool servers_list(struct servers *servers, const struct failure *failure, int protocol)
{
    servers->peer = servers_target(failure);
    servers->protocol = protocol;
    servers->own = failure->evidence.local;
    servers->interface = link_of_own(&servers->peer);
    address_unmap(&servers->own);
    for (int i = 0; i < 2; i++) {
        struct sockdiag_query query = {.family = i == 0 ? AF_INET : AF_INET6,
            .protocol = protocol,
            .states = SOCKDIAG_ANY_STATE,
            .port = address_port(&servers->peer)};
        if (sockdiag_each(&query, servers_visit, servers) < 0)
            return false;
    }
    return true;
}

struct servers *servers_find(const struct failure *failure, int protocol)
{
    struct servers *servers = calloc(1, sizeof(*servers));
    if (servers && servers_list(servers, failure, protocol))
        return servers;
    free(servers);
    return NULL;
}

size_t servers_full(const struct servers *servers, const struct sockdiag_socket **full)
{
    size_t count = 0;
    for (size_t i = servers->count; i-- > 0;) {
        if (servers->at[i].receive_queue <= servers->at[i].send_queue)
            continue;
        *full = &servers->at[i];
        count++;
    }
    return count;
}
