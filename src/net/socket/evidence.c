/* SPDX-License-Identifier: ISC */
/* Collects evidence from a failing socket: the error queue, TCP_INFO and the options that affect bind. */
#include "net/socket/evidence.h"

#include <errno.h>
#include <netinet/in.h>

#include "call/call.h"
#include "call/observe.h"
#include "net/socket/errors.h"
#include "net/socket/itself.h"

/* asm-generic/socket.h, Linux 5.0 */
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

static bool is_on(int fd, int level, int option)
{
    return socket_option(fd, level, option) > 0;
}

static int at_least_0(int value)
{
    return value < 0 ? 0 : value;
}

/* What decides about the way of its packets, and what of that came back. */
static void way_collect(int fd, struct failure *failure)
{
    struct evidence *evidence = &failure->evidence;
    struct address peer = failure->address;
    bool is_v6 = evidence->family == AF_INET6 && !address_unmap(&peer);
    int mark = socket_option(fd, SOL_SOCKET, SO_MARK);
    evidence->interface = (uint32_t)at_least_0(socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX));
    evidence->mark = mark == -1 ? 0 : (uint32_t)mark;
    evidence->dont_route = is_on(fd, SOL_SOCKET, SO_DONTROUTE);
    evidence->tos = (uint8_t)at_least_0(
        is_v6 ? socket_option(fd, IPPROTO_IPV6, IPV6_TCLASS) : socket_option(fd, IPPROTO_IP, IP_TOS));
    int bound = is_v6 ? socket_option(fd, IPPROTO_IPV6, IPV6_UNICAST_IF)
                      : socket_option(fd, IPPROTO_IP, IP_UNICAST_IF);
    evidence->unicast_if = bound + 1 == 0 ? 0 : ntohl((uint32_t)bound); /* in network byte order */
    /* TCP over IPv4 keeps the error of a connect in any case: tcp_v4_err() in the kernel. */
    evidence->keeps_icmp = is_v6 ? is_on(fd, IPPROTO_IPV6, IPV6_RECVERR)
                                 : failure->evidence.type == SOCK_STREAM || is_on(fd, IPPROTO_IP, IP_RECVERR);
}

void evidence_collect(struct sink *sink, int fd, struct failure *failure)
{
    struct evidence *evidence = &failure->evidence;
    int saved = errno, mtu;
    if (fd < 0)
        return;
    if (evidence->local.length == 0)
        evidence->local = socket_local(fd);
    if (failure->phase == PHASE_CONNECT && failure->error == ECONNREFUSED)
        evidence->itself = itself_connected(fd, &failure->address);
    if (!sink_wants(sink, EVENT_WHY)) {
        errno = saved;
        return;
    }
    evidence->family = at_least_0(socket_family(fd));
    evidence->protocol = at_least_0(socket_option(fd, SOL_SOCKET, SO_PROTOCOL));
    evidence->cookie = socket_cookie(fd);
    evidence->reuse_address = is_on(fd, SOL_SOCKET, SO_REUSEADDR);
    evidence->reuse_port = is_on(fd, SOL_SOCKET, SO_REUSEPORT);
    evidence->broadcast = is_on(fd, SOL_SOCKET, SO_BROADCAST);
    evidence->send_buffer = (uint32_t)at_least_0(socket_option(fd, SOL_SOCKET, SO_SNDBUF));
    if (evidence->type == 0)
        evidence->type = at_least_0(socket_type(fd));
    tcpinfo_read(fd, &evidence->tcpinfo);
    evidence->unacknowledged = (uint32_t)at_least_0(socket_output_queued(fd));
    if (evidence->family == AF_INET || evidence->family == AF_INET6)
        way_collect(fd, failure);
    if (evidence->family == AF_INET6) {
        evidence->v6only = is_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
        mtu = socket_option(fd, IPPROTO_IPV6, IPV6_MTU);
    } else {
        mtu = socket_option(fd, IPPROTO_IP, IP_MTU);
    }
    evidence->path_mtu = (uint32_t)at_least_0(mtu);
    if (evidence->family == AF_INET || evidence->family == AF_INET6)
        errors_take(sink, fd, failure->conn, evidence->type == SOCK_DGRAM, evidence, NULL);
    errno = saved;
}

int failure_close(struct sink *sink, int *fd, struct failure *failure)
{
    evidence_collect(sink, *fd, failure);
    call_close(sink, fd);
    return -1;
}
