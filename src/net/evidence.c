/* Evidence from a failing socket: the error queue, TCP_INFO and the options that decide about bind. */
#include "net/evidence.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "net/call.h"

/* More errors than this on one socket are not waited for. */
#define ERRORS_MAX 16

static void take_error(const struct cmsghdr *header, struct evidence *evidence)
{
    struct sock_extended_err error;
    size_t length = header->cmsg_len - CMSG_LEN(0);

    if (!(header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) &&
        !(header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR))
        return;
    if (length < sizeof(error))
        return;
    memcpy(&error, CMSG_DATA(header), sizeof(error));
    if (error.ee_errno == EMSGSIZE)
        evidence->path_mtu = error.ee_info;
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6)
        return;
    evidence->icmp = (struct icmp_error){
        .there = true,
        .family = error.ee_origin == SO_EE_ORIGIN_ICMP ? AF_INET : AF_INET6,
        .type = error.ee_type,
        .code = error.ee_code,
        .error = (int)error.ee_errno,
        .mtu = error.ee_errno == EMSGSIZE ? error.ee_info : 0,
    };
    const struct sockaddr *offender = (const struct sockaddr *)(CMSG_DATA(header) + sizeof(error));
    socklen_t size = (socklen_t)(length - sizeof(error));
    if (size >= sizeof(struct sockaddr_in) && offender->sa_family != AF_UNSPEC)
        evidence->icmp.offender = address_from(offender, size);
}

static void take_error_queue(struct sink *sink, int fd, struct evidence *evidence)
{
    for (int i = 0; i < ERRORS_MAX; i++) {
        char control[512] __attribute__((aligned(8))), byte;
        struct iovec piece = {.iov_base = &byte, .iov_len = sizeof(byte)};
        struct msghdr message = {
            .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
        if (call_recvmsg(sink, fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
            return;
        for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
            take_error(header, evidence);
    }
}

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

    if (fd == -1 || !sink_wants(sink, EVENT_WHY))
        return;
    evidence->family = at_least_0(socket_family(fd));
    evidence->protocol = at_least_0(socket_option(fd, SOL_SOCKET, SO_PROTOCOL));
    evidence->cookie = socket_cookie(fd);
    evidence->reuse_address = is_on(fd, SOL_SOCKET, SO_REUSEADDR);
    evidence->broadcast = is_on(fd, SOL_SOCKET, SO_BROADCAST);
    evidence->send_buffer = (uint32_t)at_least_0(socket_option(fd, SOL_SOCKET, SO_SNDBUF));
    if (failure->type == 0)
        failure->type = at_least_0(socket_type(fd));
    if (failure->local.length == 0)
        failure->local = socket_local(fd);
    tcpinfo_read(fd, &evidence->tcpinfo);
    if (evidence->family == AF_INET6) {
        evidence->v6only = is_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
        mtu = socket_option(fd, IPPROTO_IPV6, IPV6_MTU);
    } else {
        mtu = socket_option(fd, IPPROTO_IP, IP_MTU);
    }
    evidence->path_mtu = (uint32_t)at_least_0(mtu);
    if (evidence->family == AF_INET || evidence->family == AF_INET6)
        take_error_queue(sink, fd, evidence);
    errno = saved;
}
