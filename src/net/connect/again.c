/* SPDX-License-Identifier: ISC */
/* --connect-again: connect(2) once more on a socket that is connecting or connected. */
#include "net/connect/again.h"

#include <errno.h>

#include "call/call.h"
#include "call/observe.h"

static int again(struct sink *sink, int fd, unsigned conn, const struct address *peer)
{
    int result = call_connect(sink, fd, peer);
    int error = result < 0 ? errno : 0;
    emit(sink, EVENT_AGAIN, F_CONN(conn), F_ADDRESS("peer", peer), F_INT("result", result), F_ERRNO(error),
        F_STATE("state", socket_state(fd)));
    errno = error;
    return result;
}

int again_pending(struct sink *sink, int fd, unsigned conn, const struct address *peer)
{
    if (again(sink, fd, conn, peer) == 0 || errno == EISCONN)
        return 1;
    return errno == EALREADY || errno == EINPROGRESS || errno == EINTR ? 0 : -1;
}

void again_connected(struct sink *sink, int fd, unsigned conn, const struct address *peer)
{
    if (again(sink, fd, conn, peer) == 0)
        again(sink, fd, conn, peer);
}
