/* SPDX-License-Identifier: ISC */
/* Handshakes that have passed before anybody looked; see handshake.h. */
#include "net/socket/handshake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include "call/call.h"
#include "call/observe.h"
#include "kernel/sockdiag/sockdiag.h"
#include "kernel/tcpinfo.h"
#include "net/socket/errors.h"

/* The SYN counts as one byte. */
static bool was_acknowledged(const struct tcpinfo *tcpinfo)
{
    return tcpinfo->is.tcpi_state != TCP_SYN_SENT && tcpinfo->is.tcpi_bytes_acked > 0;
}

bool handshake_passed(int fd)
{
    struct tcpinfo tcpinfo;
    return tcpinfo_read(fd, &tcpinfo) == 0 && was_acknowledged(&tcpinfo);
}

/* A peer without an inode is one that waits, or one that has closed. The latter has ended what we can
 * receive, right after it lost its inode. */
static bool unix_is_queued(uint32_t inode)
{
    const struct sockdiag_query own = {.family = AF_UNIX, .inode = inode};
    struct sockdiag_socket found;
    return sockdiag_find(&own, &found) == 1 && found.state == TCP_ESTABLISHED && found.peer_inode == 0 &&
           !(found.has_shutdown && found.shutdown & 1);
}

bool handshake_is_queued(int fd)
{
    const struct address local = socket_local(fd), peer = socket_peer(fd);
    struct sockdiag_socket found;
    struct stat status;
    if (peer.length == 0 || fstat(fd, &status) < 0)
        return false;
    /* The second look is for a peer that was closing at the first. */
    if (peer.sa.sa_family == AF_UNIX)
        return unix_is_queued((uint32_t)status.st_ino) && unix_is_queued((uint32_t)status.st_ino);
    /* close() never leaves a socket in these states, so one without inode has no descriptor yet. */
    return sockdiag_lookup(IPPROTO_TCP, &peer, &local, 0, &found) == 1 && found.inode == 0 &&
           (found.state == TCP_ESTABLISHED || found.state == TCP_CLOSE_WAIT);
}

int handshake_end(struct sink *sink, int fd, unsigned conn)
{
    struct tcpinfo tcpinfo;
    bool passed = tcpinfo_read(fd, &tcpinfo) == 0 && was_acknowledged(&tcpinfo);
    bool is_closed = tcpinfo.is.tcpi_state == TCP_CLOSE;
    if (passed && is_closed && tcpinfo.is.tcpi_bytes_received > 0)
        return 0;
    int error = call_socket_error(sink, fd);
    if (error < 0)
        return errno;
    /* The kernel can report such an error of an established connection, which goes on (IP_RECVERR). */
    if (error > 0 && passed && !is_closed) {
        errors_take(sink, fd, conn, true, NULL, NULL);
        return 0;
    }
    return error;
}
