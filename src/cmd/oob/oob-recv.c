/* SPDX-License-Identifier: ISC */
/* sockctl oob-recv: receives ordinary and urgent data, and shows the notice, the mark and the bytes in their
 * order. */
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/command.h"
#include "cmd/options/message-options.h"
#include "cmd/options/nc-letters.h"
#include "cmd/options/operands.h"
#include "cmd/outcome.h"
#include "cmd/port-file.h"
#include "cmd/draw/picture.h"
#include "cmd/session.h"
#include "cmd/options/socket-options.h"
#include "cmd/stop.h"
#include "call/call.h"
#include "net/listen/serve.h"
#include "net/urgent/urgent.h"

#define CHUNK      (64 * 1024)
#define CHUNK_MOST (64 * 1024 * 1024)

struct oob_recv_options {
    struct report_options report;
    struct spec spec;
    int notify;
    bool inlined, peek, keep;
    int64_t late;
    uint64_t chunk;
    const char *port_file;
    struct message_options messages;
};

#define FIELD(member) offsetof(struct oob_recv_options, member)
static const struct option_row oob_recv_rows[] = {
    {0, "notify", "HOW", "wait for urgent data with poll, select, epoll or sigurg", .type = OPTION_CHOICE,
        .offset = FIELD(notify), .names = &names_notify},
    {0, "inline", NULL, "leave the urgent byte in the stream (SO_OOBINLINE)", .type = OPTION_TRUE,
        .offset = FIELD(inlined)},
    {0, "late", "[=T]", "start reading only at EOF, or after T", .type = OPTION_DURATION,
        .offset = FIELD(late), .absent = LATE_AT_EOF},
    {0, "peek", NULL, "look with MSG_PEEK before each read", .type = OPTION_TRUE, .offset = FIELD(peek)},
    {0, "chunk", "N", "read at most N bytes per call", .type = OPTION_SIZE, .minimum = 1,
        .maximum = CHUNK_MOST, .offset = FIELD(chunk)},
    {'k', "keep", NULL, "keep listening after a connection, and serve one at a time", .type = OPTION_TRUE,
        .offset = FIELD(keep)},
    {0, "backlog", "N", "the backlog of listen(2)", .type = OPTION_INT, .minimum = 0, .maximum = INT32_MAX,
        .offset = FIELD(spec.backlog)},
    {0, "port-file", "FILE", "write the address and port to FILE when listening", .type = OPTION_TEXT,
        .offset = FIELD(port_file), .complete = complete_path},
    {.type = OPTION_END},
};
static const struct option_set oob_recv_sets[] = {
    {"Urgent data", oob_recv_rows, 0},
    {"Flags", recv_flag_rows, FIELD(messages)},
    {"Sockets", socket_rows, FIELD(spec)},
    {"Report", picture_rows, FIELD(report)},
    {"Report", report_rows, FIELD(report)},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

static int receive_flags(const struct oob_recv_options *options)
{
    return options->messages.receive_flags < 0 ? 0 : (int)options->messages.receive_flags;
}

static int oob_recv_plan(void *data, int argc, char **argv)
{
    struct oob_recv_options *options = data;
    struct spec *spec = &options->spec;
    char error[256], names[NAME_TEXT_MAX];
    const struct timeout_reasons reasons = {.connect = "oob-recv does not connect; see --accept-timeout"};
    int status = socket_options_plan(spec), kept = MSG_PEEK | MSG_OOB | MSG_ERRQUEUE;
    if (status == EXIT_DONE)
        status = timeouts_check(spec, &reasons);
    if (status != EXIT_DONE)
        return status;
    if (spec->type != SOCK_STREAM)
        return usage_error("only streams have urgent data");
    if (receive_flags(options) & kept)
        return usage_error("--recv-flags: %s cannot be used on every read; use --peek",
            name_flags_text(&names_msg, receive_flags(options) & kept, names, sizeof(names)));
    if (options->inlined &&
        !settings_add_for(&spec->settings, AF_UNSPEC, "SO_OOBINLINE", "1", error, sizeof(error)))
        return usage_error("--inline: %s", error);
    if (spec->family == AF_UNIX)
        return operand_path(argc, argv, spec);
    return operands_split(argc, argv, true, &spec->host, &spec->service);
}

static int connection_receive(
    struct oob_recv_options *options, const struct context *context, const struct connection *accepted)
{
    const struct urgent_plan plan = {.notify = (enum notify)options->notify,
        .inlined = options->inlined,
        .peek = options->peek,
        .late = options->late,
        .chunk = options->chunk ? options->chunk : CHUNK,
        .flags = receive_flags(options),
        .idle_timeout = options->spec.idle_timeout};
    struct urgent_stream stream = {.plan = &plan,
        .context = context,
        .sink = context->sink,
        .fd = accepted->fd,
        .conn = accepted->conn,
        .peer = accepted->peer,
        .local = accepted->local};
    int result = urgent_receive(&stream);
    if (result > 0)
        return EXIT_SIGNAL + result;
    return result < 0 ? failure_finish(context->sink, &stream.failure) : EXIT_DONE;
}

/* Serves one connection; with -k one after another, until a signal or a failure of the listener. */
static int connections_serve(
    struct oob_recv_options *options, const struct context *context, struct server *server)
{
    const struct spec *spec = &options->spec;
    struct failure failure = {.phase = PHASE_NONE};
    struct connection accepted;
    for (unsigned conn = 1;;) {
        int result = server_wait(context, spec, server, &failure);
        if (result == 0)
            return conn > 1 ? stop_status(context) : waiting_finish(context, &failure);
        if (result < 0)
            return failure_finish(context->sink, &failure);
        result = server_accept(context, spec, server, conn, &accepted, &failure);
        if (result == 0)
            continue;
        if (result < 0 && (!options->keep || failure.phase == PHASE_ACCEPT))
            return failure_finish(context->sink, &failure);
        conn++;
        if (result < 0) {
            failure_emit(context->sink, accepted.conn, &failure);
            continue;
        }
        if (!options->keep)
            server_close(context->sink, server);
        int status = connection_receive(options, context, &accepted);
        if (!options->keep || status > EXIT_SIGNAL)
            return status;
    }
}

static int server_serve(struct oob_recv_options *options, const struct context *context)
{
    struct sink *sink = context->sink;
    struct failure failure = {.phase = PHASE_NONE};
    struct server server;
    int status;
    if (server_open(context, &options->spec, &server, &failure) < 0)
        return failure_finish(sink, &failure);
    wire_watch_port(context->wires, address_port(&server.local));
    if (options->port_file && port_file_write(options->port_file, &server.local, &failure) < 0) {
        status = failure_finish(sink, &failure);
    } else {
        sandbox_settle(&options->spec);
        status = connections_serve(options, context, &server);
    }
    server_close(sink, &server);
    return status;
}

static int oob_recv_run(void *data, struct sink *sink)
{
    struct oob_recv_options *options = data;
    const struct spec *spec = &options->spec;
    struct session session;
    int status = session_begin(&session, sink, spec);
    if (status != EXIT_DONE)
        return status;
    sink->numbered = options->keep;
    status = server_serve(options, &session.context);
    session_end(&session);
    return status;
}

/* The first operand may already be the port. */
static void oob_recv_complete(const void *data, int position, const struct completion *completion)
{
    const struct oob_recv_options *options = data;
    host_port_complete(&options->spec, position, completion);
    if (position == 0 && options->spec.family != AF_UNIX)
        service_complete(completion);
}

static bool has_port_file(const void *options)
{
    return ((const struct oob_recv_options *)options)->port_file != NULL;
}

static const struct permit oob_recv_permits[] = {
    {NULL, 0, CAPABILITIES_OF_BINDING, "a privileged port, until it listens"},
    {has_port_file, SANDBOX_WRITE | SANDBOX_NAME, CAPABILITIES_OF_FILES,
        "--port-file: written once it listens"},
    {.why = NULL},
};

static const struct permit_set oob_recv_permit_sets[] = {
    {oob_recv_permits, 0},
    {socket_permits, offsetof(struct oob_recv_options, spec)},
    {report_permits, offsetof(struct oob_recv_options, report)},
    {.rows = NULL},
};

const struct command command_oob_recv = {
    .name = "oob-recv",
    .summary = "Receive ordinary and urgent (out-of-band) data and show the position of the mark.",
    .operands = "[ADDR] PORT | ADDR:PORT | -U PATH",
    .examples =
        (const char *const[]){
            "sockctl oob-recv 127.0.0.1 9000",
            "sockctl oob-recv --notify sigurg 127.0.0.1 9000",
            NULL,
        },
    .minimum = 1,
    .maximum = 2,
    .options_size = sizeof(struct oob_recv_options),
    .defaults =
        &(const struct oob_recv_options){.spec = SPEC_DEFAULTS, .late = -1, .messages = MESSAGE_DEFAULTS},
    .sets = oob_recv_sets,
    .permits = oob_recv_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = oob_recv_plan,
    .run = oob_recv_run,
    .complete = oob_recv_complete,
};
