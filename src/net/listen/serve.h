/* plan -> listening descriptor, and accepted ones. */
#ifndef NET_LISTEN_SERVE_H
#define NET_LISTEN_SERVE_H

#include "net/socket/path.h"
#include "net/socket/spec.h"

struct server {
    int fd; /* non-blocking; owned by whoever made the server */
    struct address local;
    int limit; /* of the accept queue, as the kernel took it; -1 where it has none */
    struct unix_path path;
};

/* Opens, binds and listens (a datagram socket is only bound), and emits `listening`. Without a host: one
 * wildcard socket for both families, 0.0.0.0 where there is no IPv6. A unix path that a dead listener left
 * behind is replaced, with a warning. -1 with *failure. */
int server_open(struct sink *sink, const struct spec *spec, struct server *server, struct failure *failure);

/* Closes, and removes our unix path. */
void server_close(struct sink *sink, struct server *server);

struct accepted {
    int fd;                     /* non-blocking */
    struct address peer, local; /* local only where `accepted` is told; length 0 else */
    bool mapped;                /* an IPv4 peer of an IPv6 socket; peer and local are shown as IPv4 */
};

/* Takes one connection from the queue, if there is one, applies the conn: options and emits `accepted`. 1
 * when it did, 0 when the queue is empty, -1 with *failure. conn numbers it. */
int server_accept(struct sink *sink, const struct spec *spec, const struct server *server, unsigned conn,
    struct accepted *accepted, struct failure *failure);

/* Waits for a connection: 1 there is one, 0 the user stopped it, -1 with *failure (the time is over). */
int server_wait(
    struct sink *sink, const struct spec *spec, const struct server *server, struct failure *failure);

/* *failure for nobody having connected for so many nanoseconds. */
void server_time_out(const struct server *server, int64_t waited, struct failure *failure);

#endif
