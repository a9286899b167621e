/* SPDX-License-Identifier: ISC */
/* Sockets as NETLINK_SOCK_DIAG lists them (sock_diag(7)). */
#include "kernel/sockdiag/sockdiag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "kernel/sockdiag/message.h"

/* A walk over an answer: what is wanted, the visitor, and what it returned. */
struct walk {
    const struct sockdiag_query *query;
    int protocol;
    sockdiag_visit *visit;
    void *data;
    int result;
};

static bool is_wanted(const struct sockdiag_query *query, const struct sockdiag_socket *socket)
{
    return (query->port == 0 || address_port(&socket->local) == query->port) &&
           (query->cookie == 0 || socket->cookie == query->cookie) &&
           (query->inode == 0 || socket->inode == query->inode);
}

static int walk_message(const struct nlmsghdr *header, void *data)
{
    struct walk *walk = data;
    struct sockdiag_socket socket;
    bool taken = sockdiag_take(header, walk->query->family, walk->protocol, &socket);
    if (taken && is_wanted(walk->query, &socket))
        walk->result = walk->visit(&socket, walk->data);
    return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

/* flags: NLM_F_DUMP, or 0 for the one unix socket with the inode. */
static int walk_ask(const struct sockdiag_query *query, int flags, sockdiag_visit *visit, void *data)
{
    char buffer[SOCKDIAG_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = sockdiag_request(buffer, flags);
    struct walk walk = {.query = query, .protocol = query->protocol, .visit = visit, .data = data};
    if (query->family == AF_UNIX)
        sockdiag_put_unix(header, query);
    else
        sockdiag_put_inet(header, query);
    if (netlink_ask_on(query->socket, NETLINK_SOCK_DIAG, header, walk_message, &walk) < 0)
        return -1;
    return walk.result;
}

int sockdiag_open(void)
{
    return netlink_socket(NETLINK_SOCK_DIAG);
}

int sockdiag_each(const struct sockdiag_query *query, sockdiag_visit *visit, void *data)
{
    return walk_ask(query, NLM_F_DUMP, visit, data);
}

static int keep_first(const struct sockdiag_socket *socket, void *data)
{
    *(struct sockdiag_socket *)data = *socket;
    return 1;
}

int sockdiag_find(const struct sockdiag_query *query, struct sockdiag_socket *found)
{
    if (query->family != AF_UNIX || query->inode == 0)
        return sockdiag_each(query, keep_first, found);
    int result = walk_ask(query, 0, keep_first, found);
    return result < 0 && errno == ENOENT ? 0 : result;
}

static void put_end(const struct address *end, uint32_t *host, uint16_t *port)
{
    if (end->sa.sa_family == AF_INET6) {
        memcpy(host, &end->in6.sin6_addr, sizeof(end->in6.sin6_addr));
        *port = end->in6.sin6_port;
    } else {
        memcpy(host, &end->in.sin_addr, sizeof(end->in.sin_addr));
        *port = end->in.sin_port;
    }
}

/* The address in the form that sockets of both families share, without the interface. */
static struct address end_of(const struct address *address)
{
    struct address end = *address;
    address_unmap(&end);
    if (end.sa.sa_family == AF_INET6) {
        end.in6.sin6_scope_id = 0;
        end.in6.sin6_flowinfo = 0;
    }
    return end;
}

static bool same_end(const struct address *a, const struct address *b)
{
    struct address end_a = end_of(a), end_b = end_of(b);
    return address_equal(&end_a, &end_b);
}

int sockdiag_lookup(int protocol, const struct address *local, const struct address *peer, uint64_t cookie,
    struct sockdiag_socket *found)
{
    char buffer[SOCKDIAG_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = sockdiag_request(buffer, 0);
    struct address near = end_of(local), far = end_of(peer);
    struct sockdiag_query query = {.family = near.sa.sa_family, .protocol = protocol, .tcpinfo = true};
    struct walk walk = {.query = &query, .protocol = protocol, .visit = keep_first, .data = found};
    if (near.sa.sa_family != far.sa.sa_family || address_port(&near) < 0) {
        errno = EINVAL;
        return -1;
    }
    sockdiag_put_inet(header, &query);
    struct inet_diag_req_v2 *request = mnl_nlmsg_get_payload(header);
    /* For UDP the kernel swaps the two ends ("for historical reasons", net/ipv4/udp_diag.c). */
    bool swapped = protocol == IPPROTO_UDP;
    put_end(swapped ? &far : &near, request->id.idiag_src, &request->id.idiag_sport);
    put_end(swapped ? &near : &far, request->id.idiag_dst, &request->id.idiag_dport);
    if (local->sa.sa_family == AF_INET6)
        request->id.idiag_if = local->in6.sin6_scope_id;
    sockdiag_put_cookie(cookie, request->id.idiag_cookie);

    if (netlink_ask(NETLINK_SOCK_DIAG, header, walk_message, &walk) < 0)
        return errno == ENOENT || errno == ESTALE ? 0 : -1; /* ESTALE: it has another cookie */
    /* If there is no connection, the kernel falls back to a listener or an unconnected socket on the port. */
    return walk.result && same_end(&found->local, local) && same_end(&found->peer, peer);
}

bool sockdiag_is_owned(const struct sockdiag_socket *socket)
{
    if (socket->inode != 0)
        return true;
    /* close() never leaves a socket in these states, so one without inode has not been accepted yet. */
    return socket->protocol == IPPROTO_TCP &&
           (socket->state == TCP_ESTABLISHED || socket->state == TCP_SYN_RECV ||
               socket->state == TCP_CLOSE_WAIT);
}

const char *sockdiag_unheld_note(const struct sockdiag_socket *socket)
{
    return sockdiag_is_owned(socket) ? "not accepted yet" : "kernel, no owner";
}

int sockdiag_other_end(const struct address *local, const struct address *peer)
{
    struct sockdiag_socket found;
    switch (sockdiag_lookup(IPPROTO_TCP, peer, local, 0, &found)) {
    case -1: return -1;
    case 0: return SOCKDIAG_ABSENT;
    default: return sockdiag_is_owned(&found) ? SOCKDIAG_HELD : SOCKDIAG_ORPHAN;
    }
}

int sockdiag_destroy_open(bool tcp, bool udp)
{
    unsigned groups = 0;
    if (tcp)
        groups |= 1u << (SKNLGRP_INET_TCP_DESTROY - 1) | 1u << (SKNLGRP_INET6_TCP_DESTROY - 1);
    if (udp)
        groups |= 1u << (SKNLGRP_INET_UDP_DESTROY - 1) | 1u << (SKNLGRP_INET6_UDP_DESTROY - 1);
    return netlink_subscribe(NETLINK_SOCK_DIAG, groups);
}

int sockdiag_destroy_read(int fd, sockdiag_visit *visit, void *data)
{
    static const struct sockdiag_query any = {.family = AF_UNSPEC};
    struct walk walk = {.query = &any, .protocol = IPPROTO_TCP, .visit = visit, .data = data};
    char message[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t got;
    unsigned tries = 0;
    while ((got = read(fd, message, sizeof(message))) > 0 || (got < 0 && errno == EINTR && passes(&tries))) {
        if (got > 0 && mnl_cb_run(message, (size_t)got, 0, 0, walk_message, &walk) == MNL_CB_ERROR)
            return -1;
        if (walk.result != 0)
            return walk.result;
    }
    return got < 0 && errno != EAGAIN ? -1 : 0;
}
