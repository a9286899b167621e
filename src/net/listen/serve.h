/* SPDX-License-Identifier: ISC */
/* plan -> listening descriptor, and accepted ones. */
#ifndef NET_LISTEN_SERVE_H
#define NET_LISTEN_SERVE_H

#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/watch/connection.h"
#include "net/watch/context.h"

struct server {
    int fd; /* non-blocking; owned by the creator of the server */
    struct address local;
    int limit; /* of the accept queue, as set by the kernel; -1: there is none */
    struct unix_path path;
    unsigned tries; /* so often in a row accept4() had no connection */
};

/* Opens, binds and listens (a datagram socket is only bound), and emits `listening`. Without a host: one
 * wildcard socket for both families, or 0.0.0.0 if there is no IPv6. A unix path left by a dead listener is
 * replaced, with a warning. -1 with *failure. */
int server_open(
    const struct context *context, const struct spec *spec, struct server *server, struct failure *failure);

/* Closes the socket and removes our unix path. */
void server_close(struct sink *sink, struct server *server);

/* Accepts one connection if one is waiting, applies the conn: options and emits `accepted`. 1 if it did, 0 if
 * the queue is empty, -1 with *failure. conn numbers the connection. Its descriptor, which the caller owns,
 * is non-blocking; its local address is known only if `accepted` is reported (otherwise its length is 0); an
 * IPv4 peer of an IPv6 socket is shown as IPv4. */
int server_accept(const struct context *context, const struct spec *spec, struct server *server,
    unsigned conn, struct connection *accepted, struct failure *failure);

/* Waits for a connection: 1 if there is one; 0 if the user stopped it, -1 after the time limit, both with
 * *failure. */
int server_wait(const struct context *context, const struct spec *spec, const struct server *server,
    struct failure *failure);

/* Fills *failure: no client connected for that many nanoseconds. */
void server_time_out(
    const struct context *context, const struct server *server, int64_t waited, struct failure *failure);

#endif
