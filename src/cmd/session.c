/* What commands that open sockets share while they run; see session.h. */
#include "cmd/session.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/stop.h"

/* Starts the capture of --wire, as an item of spec->watch, and sets spec->wires; does nothing without
 * --wire. */
static void wire_begin(struct spec *spec, struct sink *sink, struct wire_watch *watcher)
{
    char error[512];
    const char *why;
    long long port;
    spec->wires = NULL;
    struct wire *wire = spec->wire ? wire_open(error, sizeof(error)) : NULL;
    if (wire && wire_watch_begin(watcher, spec->watch, sink, wire) == 0)
        spec->wires = watcher;
    else if (spec->wire)
        emit(sink, EVENT_WARNING, F_WARNING(WIRE_LOST), F_TEXT("text", wire ? strerror(errno) : error));
    if (spec->service && number_parse(spec->service, 1, 65535, &port, &why))
        wire_watch_port(spec->wires, (int)port);
}

int session_begin(struct session *session, struct sink *sink, struct spec *spec)
{
    session->watch = (struct watch_list){.first = NULL};
    session->stop_fd = stop_open();
    if (session->stop_fd < 0)
        return call_finish(sink, "signalfd");
    spec->stop_fd = session->stop_fd;
    spec->watch = &session->watch;
    wire_begin(spec, sink, &session->wires);
    return EXIT_DONE;
}

void session_end(struct session *session, struct spec *spec)
{
    wire_watch_end(spec->wires);
    cleanup_fd_close(&session->stop_fd);
}
