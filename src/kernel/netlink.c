/* SPDX-License-Identifier: ISC */
/* Netlink requests and answers. */
#include "kernel/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/passes.h"

/* The most that the kernel returns to one recv() of a dump (NLMSG_GOODSIZE grows to 32 KiB if the reader
 * offers it). */
#define ANSWER_MAX 32768

static void netlink_close(struct mnl_socket **socket)
{
    int saved = errno;
    if (*socket)
        mnl_socket_close(*socket);
    *socket = NULL;
    errno = saved;
}

#define cleanup_netlink __attribute__((cleanup(netlink_close)))

static struct mnl_socket *netlink_open(int bus, unsigned groups)
{
    struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
    if (socket && mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0)
        netlink_close(&socket);
    return socket;
}

static ssize_t receive(const struct mnl_socket *socket, char *answer, size_t size)
{
    ssize_t got;
    unsigned tries = 0;
    do
        got = mnl_socket_recvfrom(socket, answer, size);
    while (got < 0 && passes(&tries));
    return got;
}

/* The socket behind a descriptor, by a copy that can be closed. */
static struct mnl_socket *netlink_borrow(int fd)
{
    cleanup_fd int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    struct mnl_socket *socket = copy >= 0 ? mnl_socket_fdopen(copy) : NULL;
    if (socket)
        fd_take(&copy);
    return socket;
}

int netlink_ask(int bus, struct nlmsghdr *request, mnl_cb_t visit, void *data)
{
    return netlink_ask_on(0, bus, request, visit, data);
}

int netlink_ask_on(int fd, int bus, struct nlmsghdr *request, mnl_cb_t visit, void *data)
{
    cleanup_free char *answer = malloc(ANSWER_MAX);
    bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    int more;
    cleanup_netlink struct mnl_socket *socket = fd > 0 ? netlink_borrow(fd) : netlink_open(bus, 0);
    if (!answer || !socket)
        return -1;
    request->nlmsg_flags |= NLM_F_REQUEST;
    request->nlmsg_seq = 1;
    ssize_t sent = mnl_socket_sendto(socket, request, request->nlmsg_len);
    if (sent != (ssize_t)request->nlmsg_len) {
        /* Taken in part, or by a filter that pretends: no answer would come. */
        errno = sent < 0 ? errno : EIO;
        return -1;
    }
    do {
        ssize_t got = receive(socket, answer, ANSWER_MAX);
        if (got < 0)
            return -1;
        more =
            mnl_cb_run(answer, (size_t)got, request->nlmsg_seq, mnl_socket_get_portid(socket), visit, data);
    } while (more > MNL_CB_STOP && dump);
    return more == MNL_CB_ERROR ? -1 : 0;
}

static int descriptor_open(int bus, unsigned groups)
{
    cleanup_netlink struct mnl_socket *socket = netlink_open(bus, groups);
    return socket ? fcntl(mnl_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0) : -1;
}

int netlink_socket(int bus)
{
    return descriptor_open(bus, 0);
}

int netlink_subscribe(int bus, unsigned groups)
{
    cleanup_fd int fd = descriptor_open(bus, groups);
    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return -1;
    return fd_take(&fd);
}
