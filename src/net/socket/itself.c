/* SPDX-License-Identifier: ISC */
/* A socket that is connected to itself; see itself.h. */
#include "net/socket/itself.h"

#include <errno.h>
#include <sys/socket.h>

#include "call/observe.h"
#include "net/socket/linger.h"

bool itself_connected(int fd, const struct address *target)
{
    struct address local = socket_local(fd);
    if (local.length == 0 || local.sa.sa_family == AF_UNIX || address_port(&local) != address_port(target))
        return false;
    struct address peer = socket_peer(fd);
    return peer.length > 0 && address_equal(&local, &peer);
}

bool itself_refused(struct sink *sink, int fd, const struct address *target)
{
    if (!itself_connected(fd, target))
        return false;
    if (socket_type(fd) == SOCK_STREAM)
        socket_linger(sink, fd, 0);
    errno = ECONNREFUSED;
    return true;
}
