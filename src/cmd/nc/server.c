/* SPDX-License-Identifier: ISC */
/* nc -l: serves one connection after another, or the first peer that sends a datagram. */
#include <netdb.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "cmd/command.h"
#include "cmd/nc/lines.h"
#include "cmd/nc/nc.h"
#include "cmd/permit.h"
#include "cmd/stop.h"
#include "cmd/transfer.h"
#include "net/listen/serve.h"

/* "Listening on HOST PORT" or "Listening on PATH". */
static void address_say(const struct nc_options *options, const struct context *context, enum nc_line line,
    const struct address *address)
{
    char host[NI_MAXHOST];
    sigset_t before;
    if (!options->verbose)
        return;
    if (options->spec.family == AF_UNIX) {
        nc_line_write(line, (const struct field[]){F_FOREIGN("host", options->spec.path), F_END});
        return;
    }
    host_text(address, host, sizeof(host));
    /* A stop ends the program at once while a name is looked up. */
    stops_let_through(&before);
    if (!options->spec.numeric &&
        call_getnameinfo(context->sink, address, host, sizeof(host), NULL, 0, 0) != 0)
        host_text(address, host, sizeof(host));
    sigprocmask(SIG_SETMASK, &before, NULL);
    nc_line_write(
        line, (const struct field[]){F_FOREIGN("host", host), F_INT("port", address_port(address)), F_END});
}

static int server_fail(const struct failure *failure)
{
    NC_LINE(FAILED, F_TEXT("program", getprogname()),
        F_FOREIGN("name", failure->phase == PHASE_RESOLVE ? failure->name : NULL),
        F_TEXT("text", failure->eai ? gai_strerror(failure->eai) : strerror(failure->error)));
    return EXIT_OTHER;
}

static int connection_serve(const struct nc_options *options, const struct context *context,
    struct server *server, const struct connection *connection)
{
    struct failure failure = {.phase = PHASE_NONE};
    address_say(options, context, NC_RECEIVED, &connection->peer);
    if (!options->keeps)
        server_close(context->sink, server);
    int result = transfer_move(context, &options->transfer, &options->spec, connection, &failure);
    return nc_transfer_status(result, &failure);
}

/* Serves connections, one at a time: until the first has ended, or with -k until a stop. */
static int connections_serve(
    const struct nc_options *options, const struct context *context, struct server *server)
{
    struct failure failure;
    int status;
    do {
        struct connection accepted;
        int result;
        while ((result = server_wait(context, &options->spec, server, &failure)) > 0)
            if ((result = server_accept(context, &options->spec, server, 1, &accepted, &failure)) != 0)
                break;
        if (result == 0)
            return stop_status(context);
        if (result < 0)
            return server_fail(&failure);
        if (accepted.local.length == 0)
            accepted.local = socket_local(accepted.fd);
        address_unmap(&accepted.local);
        status = connection_serve(options, context, server, &accepted);
    } while (options->keeps && status < EXIT_SIGNAL);
    return status;
}

/* Connects the socket to the peer that sends first, unless -k is for all; its datagram is received later. */
static int datagrams_serve(
    const struct nc_options *options, const struct context *context, struct server *server)
{
    struct failure failure;
    struct connection connection = {.conn = 1, .local = server->local};
    char byte;
    if (!options->keeps) {
        int result = server_wait(context, &options->spec, server, &failure);
        if (result <= 0)
            return result < 0 ? server_fail(&failure) : stop_status(context);
        if (call_recvfrom(context->sink, server->fd, &byte, 1, MSG_PEEK, &connection.peer) < 0) {
            failure = failure_of(PHASE_OTHER, "recvfrom", NULL, 0);
            return server_fail(&failure);
        }
        address_say(options, context, NC_RECEIVED, &connection.peer);
        /* A unix peer may have gone, or have no name. */
        if (connection.peer.length > 0 && call_connect(context->sink, server->fd, &connection.peer) < 0)
            connection.peer.length = 0;
    }
    connection.fd = fd_take(&server->fd);
    failure = (struct failure){.phase = PHASE_NONE};
    int result = transfer_move(context, &options->transfer, &options->spec, &connection, &failure);
    return nc_transfer_status(result, &failure);
}

int nc_server_run(const struct nc_options *options, const struct context *context)
{
    const struct spec *spec = &options->spec;
    struct failure failure;
    struct server server;
    bool datagrams = spec->type == SOCK_DGRAM;
    if (server_open(context, spec, &server, &failure) < 0)
        return server_fail(&failure);
    sandbox_settle(spec);
    if (datagrams || spec->family == AF_UNIX)
        address_say(options, context, NC_BOUND, &server.local);
    if (!datagrams)
        address_say(options, context, NC_LISTENING, &server.local);
    int status =
        datagrams ? datagrams_serve(options, context, &server) : connections_serve(options, context, &server);
    server_close(context->sink, &server);
    return status;
}
