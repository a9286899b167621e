/* plan -> connected descriptor. */
#ifndef NET_CONNECT_DIAL_H
#define NET_CONNECT_DIAL_H

#include "net/socket/path.h"
#include "net/socket/spec.h"

struct dialed {
    int fd; /* non-blocking, also after --blocking, which is about connect(2) alone */
    struct address peer, local;
    struct unix_path path; /* of our end of a unix socket: to be removed after the close */
};

/* What dial() says of itself when it was stopped by the user: no failure, no connection. */
#define DIAL_STOPPED 1

/*
 * Resolves and connects. The addresses of a name are raced as RFC 8305 says: 250 ms apart, families in turn,
 * the first to connect wins and the others are closed; one after the other with a fixed source port, with
 * spec->blocking and for datagrams. Emits connecting, attempt and connected. 0 with *dialed, -1 with
 * *failure, or DIAL_STOPPED when spec->stop_fd became readable. conn numbers the connection in events. The
 * caller owns dialed->fd.
 */
int dial(struct sink *sink, const struct spec *spec, unsigned conn, struct dialed *dialed,
    struct failure *failure);

#endif
