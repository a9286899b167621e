/* SPDX-License-Identifier: ISC */
/* What commands that open sockets share while they run: the stop signal, the watch list, the capture. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "net/socket/spec.h"
#include "net/watch/context.h"
#include "net/watch/moved.h"
#include "net/watch/peer-states.h"
#include "net/watch/wire-watch.h"

struct session {
    struct watch_list watch;
    struct wire_watch wires;
    struct peer_states peers;
    struct moved moved;
    struct context context;
};

/* Begins it: stop_fd (see stop_open()), watch and, with --wire, wires of its context. EXIT_DONE, and its
 * owner calls session_end(); or the exit status of a failure, which has been reported. */
int session_begin(struct session *session, struct sink *sink, const struct spec *spec);
void session_end(struct session *session);

#endif
