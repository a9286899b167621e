/* SPDX-License-Identifier: ISC */
/* plan -> connected descriptor. */
#ifndef NET_CONNECT_DIAL_H
#define NET_CONNECT_DIAL_H

#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/watch/times.h"
#include "net/watch/context.h"

struct dialed {
    int fd; /* non-blocking, even with --blocking, which is about connect(2) alone */
    struct address peer, local;
    struct unix_path path; /* of our end of a unix socket; to be removed after the close */
    struct times times;    /* so far; also of a connect that failed */
};

/* Returned by dial() when the user stopped it: no connection. *failure is what was known by then; its phase
 * is PHASE_NONE if nothing was under way. */
#define DIAL_STOPPED 1

/*
 * Resolves and connects. The addresses of a name are raced as in RFC 8305: 250 ms apart, families in turn,
 * the first to connect wins and the others are closed. With a fixed source port, with spec->blocking and for
 * datagrams they are tried one after the other. Emits connecting, attempt and connected. Returns 0 with
 * *dialed, -1 with *failure, or DIAL_STOPPED when context->stop_fd became readable. conn numbers the
 * connection in events. The caller owns dialed->fd.
 */
int dial(const struct context *context, const struct spec *spec, unsigned conn, struct dialed *dialed,
    struct failure *failure);

#endif
