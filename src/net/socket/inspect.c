/* SPDX-License-Identifier: ISC */
/* Reads a socket's names, flags and queues, call by call. */
#include "net/socket/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"
#include "call/call.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int queue_read(struct sink *sink, int fd, unsigned long request, const char *name)
{
    int length = -1;
    int64_t began = clock_now();
    int result = ioctl(fd, request, &length);
    call_emit(sink, EVENT_CALL, "ioctl", -1, began, result, "%d, %s, [%d]", fd, name, length);
    return result < 0 ? -1 : length;
}

static const char *credentials_text(
    const void *context, const void *value, socklen_t length, char *buffer, size_t size)
{
    const struct ucred *credentials = value;
    (void)context;
    (void)length;
    snprintf(
        buffer, size, "{pid=%d, uid=%u, gid=%u}", (int)credentials->pid, credentials->uid, credentials->gid);
    return buffer;
}

/* Asked of unix sockets only: for others the kernel reports the user "nobody". */
static void credentials_read(struct sink *sink, int fd, struct inspection *inspection)
{
    static const struct socket_option peer = SOCKET_OPTION(SOL_SOCKET, SO_PEERCRED);
    static const struct socket_option process = SOCKET_OPTION(SOL_SOCKET, SO_PEERPIDFD);
    static const struct value_format format = {.text = credentials_text};
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    if (call_getsockopt(sink, fd, &peer, &credentials, &length, &format) < 0 || credentials.uid == (uid_t)-1)
        return;
    inspection->has_credentials = true;
    inspection->pid = credentials.pid;
    inspection->uid = credentials.uid;
    inspection->gid = credentials.gid;

    cleanup_fd int pidfd = -1;
    length = sizeof(pidfd);
    if (call_getsockopt(sink, fd, &process, &pidfd, &length, NULL) < 0)
        return;
    pid_t pid = procfs_pidfd_pid(pidfd);
    inspection->has_pidfd = pid >= 0;
    inspection->pidfd = pid;
}

/* SO_NETNS_COOKIE, if a socket of our own has another one. */
static uint64_t other_netns(int fd)
{
    cleanup_fd int own = sockdiag_open();
    uint64_t ours = own >= 0 ? socket_netns(own) : 0, its = socket_netns(fd);
    return ours != its && ours != 0 ? its : 0;
}

int inspect(struct sink *sink, int fd, struct inspection *inspection)
{
    struct stat status;
    *inspection = (struct inspection){.state = -1, .input = -1, .output = -1, .unsent = -1};
    if (call_getsockname(sink, fd, &inspection->local) < 0)
        return -1;
    if (call_getpeername(sink, fd, &inspection->peer) < 0)
        inspection->peer.length = 0;
    inspection->family = socket_family(fd);
    inspection->type = socket_type(fd);
    inspection->protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL);
    inspection->listening = socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
    inspection->receive_buffer = socket_option(fd, SOL_SOCKET, SO_RCVBUF);
    inspection->send_buffer = socket_option(fd, SOL_SOCKET, SO_SNDBUF);
    inspection->cookie = socket_cookie(fd);
    inspection->netns = other_netns(fd);
    bool has_status = fstat(fd, &status) == 0;
    inspection->inode = has_status ? status.st_ino : 0;
    inspection->owner = has_status ? (int64_t)status.st_uid : -1;
    inspection->drops = socket_drops(fd);
    inspection->open_flags = call_fcntl_getfl(sink, fd);
    inspection->close_on_exec = call_fcntl_getfd(sink, fd) & FD_CLOEXEC;
    if (!inspection->listening) {
        inspection->input = queue_read(sink, fd, SIOCINQ, "SIOCINQ");
        inspection->output = queue_read(sink, fd, SIOCOUTQ, "SIOCOUTQ");
        if (inspection->protocol == IPPROTO_TCP)
            inspection->unsent = queue_read(sink, fd, SIOCOUTQNSD, "SIOCOUTQNSD");
    }
    if (tcpinfo_read(fd, &inspection->tcpinfo) == 0)
        inspection->state = inspection->tcpinfo.is.tcpi_state;
    if (inspection->family == AF_UNIX)
        credentials_read(sink, fd, inspection);
    return 0;
}
