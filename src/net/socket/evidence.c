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
    evidence->interface = (uint32_t)at_least_0(socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX));
    int mark = socket_option(fd, SOL_SOCKET, SO_MARK);
    evidence->mark = mark == -1 ? 0 : (uint32_t)mark;
    struct address peer = failure->address;
    bool is_v6 = evidence->family == AF_INET6 && !address_unmap(&peer);
    evidence->tos = (uint8_t)at_least_0(
        is_v6 ? socket_option(fd, IPPROTO_IPV6, IPV6_TCLASS) : socket_option(fd, IPPROTO_IP, IP_TOS));
    evidence->broadcast = is_on(fd, SOL_SOCKET, SO_BROADCAST);
    evidence->send_buffer = (uint32_t)at_least_0(socket_option(fd, SOL_SOCKET, SO_SNDBUF));
    if (evidence->type == 0)
        evidence->type = at_least_0(socket_type(fd));
    tcpinfo_read(fd, &evidence->tcpinfo);
    if (evidence->family == AF_INET6) {
        evidence->v6only = is_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
        mtu = socket_option(fd, IPPROTO_IPV6, IPV6_MTU);
    } else {
        mtu = socket_option(fd, IPPROTO_IP, IP_MTU);
    }
    evidence->path_mtu = (uint32_t)at_least_0(mtu);
    if (evidence->family == AF_INET || evidence->family == AF_INET6)
        errors_take(sink, fd, failure->conn, evidence->type == SOCK_DGRAM, evidence);
    errno = saved;
}

int failure_close(struct sink *sink, int *fd, struct failure *failure, enum failure_phase phase,
    const char *call, const struct address *address, int64_t began)
{
    failure_fill(failure, phase, call, address, began);
    evidence_collect(sink, *fd, failure);
    call_close(sink, fd);
    return -1;
}
