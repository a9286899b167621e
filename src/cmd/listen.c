/* SPDX-License-Identifier: ISC */
/* sockctl listen: accepts connections (or datagrams), and moves bytes between them and stdin/stdout. */
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "cmd/command.h"
#include "cmd/options/nc-letters.h"
#include "cmd/options/operands.h"
#include "cmd/netns.h"
#include "cmd/outcome.h"
#include "cmd/port-file.h"
#include "cmd/draw/picture.h"
#include "cmd/session.h"
#include "cmd/options/socket-options.h"
#include "cmd/stop.h"
#include "cmd/transfer.h"
#include "call/call.h"
#include "net/listen/crowd.h"
#include "net/listen/queue-watch.h"
#include "net/listen/serve.h"
#include "net/socket/target.h"
#include "net/watch/stamps.h"

struct listen_options {
    struct report_options report;
    struct spec spec;
    struct transfer_options transfer;
    bool keep, no_accept;
    int64_t watch_interval; /* interval of --watch; -1: not given */
    int64_t accept_delay;
    int max_conns, accept_count;
    const char *port_file;
    const char *host, *service; /* nc's -s and -p */
};

/* Default interval at which --watch looks at what arrivals do not announce. */
#define WATCH_INTERVAL (100 * NS_PER_MS)

#define SPEC(member)  offsetof(struct listen_options, spec.member)
#define FIELD(member) offsetof(struct listen_options, member)
static const struct option_row listen_rows[] = {
    {'l', NULL, NULL, "listen (the default; accepted for nc's sake)", .type = OPTION_IGNORED},
    {'s', "source", "ADDR", "listen on this address, as the operand ADDR does", .type = OPTION_TEXT,
        .offset = FIELD(host)},
    {'p', "source-port", "PORT", "listen on this port, as the operand PORT does", .type = OPTION_TEXT,
        .offset = FIELD(service)},
    {'k', "keep", NULL, "keep listening after a connection, and serve many at once; stdin is not read",
        .type = OPTION_TRUE, .offset = FIELD(keep)},
    {0, "backlog", "N", "the backlog of listen(2)", .type = OPTION_INT, .minimum = 0, .maximum = INT32_MAX,
        .offset = SPEC(backlog)},
    {0, "no-accept", NULL, "do not accept: keep the queue and report it like --watch, until -w or a signal",
        .type = OPTION_TRUE, .offset = FIELD(no_accept)},
    {0, "watch", "[=T]",
        "report the accept queue, the handshakes and the overflow counters as they change; look every T "
        "(0.1)",
        .type = OPTION_DURATION, .offset = FIELD(watch_interval), .absent = WATCH_INTERVAL},
    {0, "show-syn", NULL,
        "show what each client offered in its SYN: MSS, window scale, SACK, timestamps, ECN, TTL",
        .type = OPTION_TRUE, .offset = SPEC(show_syn)},
    {0, "accept-delay", "T", "wait T before each accept", .type = OPTION_DURATION,
        .offset = FIELD(accept_delay)},
    {0, "max-conns", "N", "with -k: serve at most N connections at once", .type = OPTION_INT, .minimum = 1,
        .maximum = INT32_MAX, .offset = FIELD(max_conns)},
    {0, "accept-count", "N", "with -k: stop after N connections", .type = OPTION_INT, .minimum = 1,
        .maximum = INT32_MAX, .offset = FIELD(accept_count)},
    {0, "port-file", "FILE", "write the address and port to FILE when listening", .type = OPTION_TEXT,
        .offset = FIELD(port_file), .complete = complete_path},
    {'z', NULL, NULL, "listen waits for peers; use sockctl connect -z", .type = OPTION_REFUSED},
    {.type = OPTION_END},
};
static const struct option_set listen_sets[] = {
    {"Listening", listen_rows, 0},
    {"Sockets", socket_rows, offsetof(struct listen_options, spec)},
    {"Data", transfer_rows, offsetof(struct listen_options, transfer)},
    {"Messages", message_rows, offsetof(struct listen_options, transfer.messages)},
    {"Where", netns_rows, offsetof(struct listen_options, report)},
    {"Report", picture_rows, offsetof(struct listen_options, report)},
    {"Report", report_rows, offsetof(struct listen_options, report)},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

/* Refuses what has no accept queue, or would empty it. */
static int queue_plan(struct listen_options *options)
{
    const struct spec *spec = &options->spec;
    const struct {
        bool given;
        const char *name;
    } refused[] = {
        {options->no_accept, "no-accept"},
        {options->watch_interval >= 0, "watch"},
        {spec->backlog >= 0, "backlog"},
        {options->accept_delay > 0, "accept-delay"},
        {options->max_conns > 0, "max-conns"},
        {options->accept_count > 0, "accept-count"},
    };
    for (size_t i = 0; spec->type == SOCK_DGRAM && i < array_size(refused); i++)
        if (refused[i].given)
            return usage_error("--%s: a datagram socket has no accept queue", refused[i].name);
    const struct timeout_reasons reasons = {.connect = "listen does not connect; see --accept-timeout",
        .accept = spec->type == SOCK_DGRAM ? "a datagram socket has no accept queue" : NULL,
        .idle = options->no_accept ? "--no-accept has no connection to use it on" : NULL};
    int status = timeouts_check(spec, &reasons);
    if (status != EXIT_DONE)
        return status;
    if (options->no_accept && spec->show_syn)
        return usage_error("--show-syn shows the SYN of an accepted connection: --no-accept excludes it");
    if (options->no_accept && (options->keep || options->accept_delay))
        return usage_error("--no-accept excludes %s", options->keep ? "-k" : "--accept-delay");
    if (options->no_accept && options->watch_interval < 0)
        options->watch_interval = WATCH_INTERVAL;
    return EXIT_DONE;
}

static bool is_tcp(const struct spec *spec)
{
    return spec->type == SOCK_STREAM && spec->family != AF_UNIX;
}

/* Finds where to listen: from the operands, or from -s and -p as in nc -l. */
static int where_plan(struct listen_options *options, int argc, char **argv)
{
    struct spec *spec = &options->spec;
    char *words[2] = {NULL, NULL}, error[512];
    if (argc == 0 && !options->service)
        return usage_error("no port given; 0 lets the kernel choose one");
    if (options->service && !service_check(options->service, 0, error, sizeof(error)))
        return usage_error("-p: %s", error);
    if (options->host && !*options->host)
        return usage_error("-s: the address is empty");
    spec->host = options->host;
    spec->service = options->service;
    if (argc == 0)
        return EXIT_DONE;
    if (argc == 1 && options->service) {
        /* ADDR -p PORT means ADDR PORT. */
        words[0] = argv[0];
        words[1] = (char *)options->service;
        argv = words;
        argc = 2;
    } else if (options->service) {
        return usage_error("-p: the port is given twice");
    }
    const char *host = NULL;
    int status = operands_split(argc, argv, true, &host, &spec->service);
    if (status == EXIT_DONE && host && options->host)
        return usage_error("-s: the address is given twice");
    if (host)
        spec->host = host;
    return status;
}

/* What follows from -k: stdin is not read, and no connection may delay the others. */
static void keep_plan(struct listen_options *options)
{
    options->transfer.no_input = true;
    /* A datagram socket hears everybody anyway. */
    options->keep = options->spec.type != SOCK_DGRAM;
    if (!options->keep)
        return;
    options->transfer.crowd = true;
    options->transfer.messages.plan.blocking = false;
}

static int listen_plan(void *data, int argc, char **argv)
{
    struct listen_options *options = data;
    struct spec *spec = &options->spec;
    int status = socket_options_plan(spec);
    options->transfer.accepts = true;
    if (status == EXIT_DONE)
        status = transfer_options_plan(&options->transfer, spec);
    if (status != EXIT_DONE)
        return status;
    if (!options->keep && (options->max_conns || options->accept_count))
        return usage_error("--%s needs -k", options->max_conns ? "max-conns" : "accept-count");
    if (spec->show_syn && !is_tcp(spec))
        return usage_error("--show-syn: only TCP has a SYN");
    status = queue_plan(options);
    if (options->keep && options->transfer.interval >= 0)
        return usage_error("-i is for one connection, and excludes -k");
    const struct transfer_use use = {.silent = options->keep                ? "-k"
                                               : options->transfer.no_input ? "-d"
                                                                            : NULL,
        .unaccepted = options->no_accept};
    if (status == EXIT_DONE)
        status = transfer_options_check(&options->transfer, spec, &use);
    if (status != EXIT_DONE)
        return status;
    if (options->keep && options->transfer.second != SECOND_NONE)
        return usage_error("--dup is for one connection, and excludes -k");
    if (options->keep && options->transfer.quit_after > 0)
        return usage_error("-q waits for the end of stdin, which -k does not read");
    if (options->keep)
        keep_plan(options);
    if (spec->family == AF_UNIX && (options->host || options->service))
        return usage_error("-%c: a unix listener takes only a path", options->host ? 's' : 'p');
    if (spec->family == AF_UNIX)
        return operand_path(argc, argv, spec);
    if (options->transfer.io.mode == IO_SOURCE && spec->type == SOCK_DGRAM)
        return usage_error("--io source: a datagram listener has no peer to send to");
    return where_plan(options, argc, argv);
}

static int crowd_serve(
    const struct listen_options *options, const struct context *context, struct server *server)
{
    struct failure failure = {.phase = PHASE_NONE};
    struct stamps stamps = {.datagrams = false};
    struct context own = *context;
    struct follow follow;
    struct transfer_progress progress;
    const struct crowd_plan plan = {.max_conns = (unsigned)options->max_conns,
        .accept_count = (unsigned)options->accept_count,
        .accept_delay = options->accept_delay,
        .failed = failure_emit};
    const struct relay_plan relay = transfer_plan(&options->transfer, &options->spec);
    message_options_begin(&options->transfer.messages);
    context->sink->numbered = true;
    own.stamps = options->transfer.messages.plan.stamps ? &stamps : NULL;
    transfer_follow_begin(&options->transfer, &own, &follow);
    transfer_progress_begin(&options->transfer, &own, relay.input, &progress);
    int result = crowd_run(&own, &options->spec, &relay, &plan, server, &failure);
    transfer_progress_end(&progress);
    int status = result > 0    ? EXIT_SIGNAL + result
                 : result == 0 ? EXIT_DONE
                               : failure_finish(context->sink, &failure);
    return transfer_follow_end(context, &follow, status);
}

/* Waits for the only connection, then closes the listener, so that no client waits in a queue that will not
 * be served. */
static int one_serve(struct listen_options *options, const struct context *context, struct server *server,
    struct queue_watch *queue)
{
    const struct spec *spec = &options->spec;
    struct failure failure = {.phase = PHASE_NONE};
    struct connection accepted;
    for (;;) {
        int status, result = server_wait(context, spec, server, &failure);
        if (result == 0)
            return waiting_finish(context, &failure);
        if (result > 0 && options->accept_delay &&
            (status = stop_wait(context, options->accept_delay)) != EXIT_DONE)
            return status;
        if (result > 0)
            result = server_accept(context, spec, server, 1, &accepted, &failure);
        if (result < 0)
            return failure_finish(context->sink, &failure);
        if (result > 0)
            break;
    }
    queue_watch_end(queue);
    server_close(context->sink, server);
    if (accepted.local.length == 0) {
        accepted.local = socket_local(accepted.fd);
        address_unmap(&accepted.local);
    }
    return transfer_run(context, &options->transfer, spec, &accepted);
}

static int queue_fail(struct sink *sink, const struct server *server)
{
    struct failure failure = failure_of(PHASE_OTHER, "watch", &server->local, 0);
    return question_finish(sink, &failure);
}

static int datagrams_serve(
    struct listen_options *options, const struct context *context, struct server *server)
{
    const struct connection unconnected = {.fd = fd_take(&server->fd), .local = server->local};
    return transfer_run(context, &options->transfer, &options->spec, &unconnected);
}

/* Runs the open listener. */
static int server_run(struct listen_options *options, const struct context *context, struct server *server,
    struct queue_watch *queue)
{
    const struct spec *spec = &options->spec;
    int status;
    if (options->watch_interval >= 0 &&
        queue_watch_begin(queue, context, server, options->watch_interval) < 0)
        status = queue_fail(context->sink, server);
    else if (spec->type == SOCK_DGRAM)
        status = datagrams_serve(options, context, server);
    else if (options->no_accept)
        status = stop_wait(context, spec->accept_timeout); /* the queue watch reports what happens */
    else if (options->keep)
        status = crowd_serve(options, context, server);
    else
        status = one_serve(options, context, server, queue);
    queue_watch_end(queue);
    return status;
}

static int server_serve(
    struct listen_options *options, const struct context *context, struct trace_watch *trace)
{
    struct sink *sink = context->sink;
    const struct spec *spec = &options->spec;
    struct failure failure = {.phase = PHASE_NONE};
    struct server server;
    struct queue_watch queue = {.watch = NULL};
    if (options->watch_interval >= 0)
        queue_watch_prepare(&queue);
    if (server_open(context, spec, &server, &failure) < 0)
        return failure_finish(sink, &failure);
    wire_watch_port(context->wires, address_port(&server.local));
    trace_watch_port(trace, address_port(&server.local));
    moved_port(context, address_port(&server.local));
    int status;
    if (options->port_file && port_file_write(options->port_file, &server.local, &failure) < 0) {
        status = failure_finish(sink, &failure);
    } else {
        sandbox_settle(spec);
        status = server_run(options, context, &server, &queue);
    }
    server_close(sink, &server);
    return status;
}

static int listen_run(void *data, struct sink *sink)
{
    struct listen_options *options = data;
    struct session session;
    struct trace_watch trace;
    int status = session_begin(&session, sink, &options->spec);
    if (status != EXIT_DONE)
        return status;
    status = transfer_trace_begin(&options->transfer, &session.context, &options->spec, &trace);
    if (status == EXIT_DONE)
        status = server_serve(options, &session.context, &trace);
    trace_watch_end(&trace);
    session_end(&session);
    return status;
}

static void listen_complete(const void *data, int position, const struct completion *completion)
{
    const struct listen_options *options = data;
    host_port_complete(&options->spec, position, completion);
    if (position == 0 && options->spec.family != AF_UNIX)
        service_complete(completion);
}

static bool has_port_file(const void *options)
{
    return ((const struct listen_options *)options)->port_file != NULL;
}

static const struct permit listen_permits[] = {
    {NULL, 0, CAPABILITIES_OF_BINDING, "a privileged port, until it listens"},
    {has_port_file, SANDBOX_WRITE | SANDBOX_NAME, CAPABILITIES_OF_FILES,
        "--port-file: written once it listens"},
    {.why = NULL},
};

static const struct permit_set listen_permit_sets[] = {
    {listen_permits, 0},
    {socket_permits, offsetof(struct listen_options, spec)},
    {transfer_permits, offsetof(struct listen_options, transfer)},
    {report_permits, offsetof(struct listen_options, report)},
    {.rows = NULL},
};

const struct command command_listen = {
    .name = "listen",
    .summary = "Listen for a peer and move bytes between it and stdin/stdout.",
    .operands = "[ADDR] PORT | ADDR:PORT | -U PATH",
    .examples =
        (const char *const[]){
            "sockctl listen -k --io echo 127.0.0.1 0",
            "sockctl listen -d 9000 >copy",
            NULL,
        },
    .minimum = 0,
    .maximum = 2,
    .options_size = sizeof(struct listen_options),
    .defaults =
        &(const struct listen_options){
            .spec = SPEC_DEFAULTS, .transfer = TRANSFER_DEFAULTS, .watch_interval = -1},
    .sets = listen_sets,
    .permits = listen_permit_sets,
    .report_fd = STDERR_FILENO,
    .plan = listen_plan,
    .run = listen_run,
    .complete = listen_complete,
};
