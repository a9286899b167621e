/* SPDX-License-Identifier: ISC */
/* What commands that open sockets share while they run; see session.h. */
#include "cmd/session.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/stop.h"

/* Starts the capture of --wire, as an item of the watch; does nothing without --wire. */
static void wire_begin(struct session *session, const struct spec *spec)
{
    struct context *context = &session->context;
    char error[512];
    const char *why;
    long long port;
    struct wire *wire = spec->wire ? wire_open(error, sizeof(error)) : NULL;
    if (wire && wire_watch_begin(&session->wires, context->watch, context->sink, wire) == 0)
        context->wires = &session->wires;
    else if (spec->wire)
        emit(context->sink, EVENT_WARNING, F_WARNING(WIRE_LOST),
            F_TEXT("text", wire ? strerror(errno) : error));
    if (spec->service && number_parse(spec->service, 1, 65535, &port, &why))
        wire_watch_port(context->wires, (int)port);
}

int session_begin(struct session *session, struct sink *sink, const struct spec *spec)
{
    session->watch = (struct watch_list){.first = NULL};
    session->context = (struct context){.sink = sink, .stop_fd = stop_open(), .watch = &session->watch};
    if (session->context.stop_fd < 0)
        return call_finish(sink, "signalfd");
    session->peers = (struct peer_states){.watch = NULL};
    session->moved.watch = NULL;
    session->moved.before.taken = false;
    session->moved.drops = NULL;
    session->moved.by_itself = false;
    session->context.moved = &session->moved;
    if (sink->copy) {
        peer_states_begin(&session->peers, &session->context);
        session->context.peers = &session->peers;
    }
    wire_begin(session, spec);
    return EXIT_DONE;
}

void session_end(struct session *session)
{
    peer_states_end(&session->peers);
    moved_end(&session->moved);
    wire_watch_end(session->context.wires);
    cleanup_fd_close(&session->context.stop_fd);
}
