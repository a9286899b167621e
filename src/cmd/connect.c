/* SPDX-License-Identifier: ISC */
/* sockctl connect: connects, and moves bytes between the socket and stdin/stdout. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/options/filter-options.h"
#include "cmd/options/nc-letters.h"
#include "cmd/options/operands.h"
#include "cmd/netns.h"
#include "cmd/outcome.h"
#include "cmd/draw/picture.h"
#include "cmd/probe/path.h"
#include "cmd/probe/probe.h"
#include "cmd/session.h"
#include "cmd/options/socket-options.h"
#include "kernel/trace/drops.h"
#include "net/watch/moved.h"
#include "cmd/stop.h"
#include "cmd/transfer.h"
#include "call/call.h"
#include "net/connect/conns.h"
#include "net/connect/dial.h"
#include "net/socket/target.h"

struct connect_options {
    struct report_options report;
    struct spec spec;
    struct transfer_options transfer;
    struct probe_options probe;
    struct path_options path;
    int conns; /* 0: a single connection */
};

#define CONNS_MOST 1000000

#define SPEC(member) offsetof(struct connect_options, spec.member)
static const struct option_row connect_rows[] = {
    {0, "conns", "N",
        "open N connections at once, report their states and move no data. Close them when all have "
        "connected or failed; with --io hold, when the peer closes",
        .type = OPTION_INT, .minimum = 1, .maximum = CONNS_MOST,
        .offset = offsetof(struct connect_options, conns)},
    {0, "connect-again", NULL,
        "call connect(2) again on the same socket, while it is pending and once it is connected",
        .type = OPTION_TRUE, .offset = SPEC(connect_again)},
    {0, "times", NULL,
        "show where the time went: the lookup, the handshake, the wait for the first byte, all together",
        .type = OPTION_TRUE, .offset = SPEC(times)},
    {0, "blocking", NULL, "connect(2) without O_NONBLOCK", .type = OPTION_TRUE, .offset = SPEC(blocking)},
    {'l', NULL, NULL, "connect does not listen; use sockctl listen", .type = OPTION_REFUSED},
    {'k', NULL, NULL, "connect has one peer; use sockctl listen -k", .type = OPTION_REFUSED},
    {.type = OPTION_END},
};
static const struct option_set connect_sets[] = {
    {"Connecting", dial_rows, offsetof(struct connect_options, spec)},
    {"Connecting", connect_rows, 0},
    {"Probing", probe_rows, offsetof(struct connect_options, probe)},
    {"Probing", path_rows, offsetof(struct connect_options, path)},
    {"Sockets", socket_rows, offsetof(struct connect_options, spec)},
    {"Data", transfer_rows, offsetof(struct connect_options, transfer)},
    {"Messages", message_rows, offsetof(struct connect_options, transfer.messages)},
    {"Where", netns_rows, offsetof(struct connect_options, report)},
    {"Report", picture_rows, offsetof(struct connect_options, report)},
    {"Report", report_rows, offsetof(struct connect_options, report)},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

/* What has no effect on a probe or on --conns is refused, not ignored. nc's -N, -d and -v of a probe are
 * harmless. */
static int probe_check(const struct connect_options *options, const char *name)
{
    const struct transfer_options *transfer = &options->transfer;
    const struct spec *spec = &options->spec;
    const struct {
        bool given;
        const char *name;
        bool conns; /* has an effect on --conns */
    } refused[] = {
        {spec->wire, "--wire", true},
        {transfer->linger >= 0, "--linger", true},
        {transfer->io.mode != IO_STDIO, "--io", true},
        {transfer->drops, "--drops", true},
        {spec->blocking, "--blocking", false},
        {spec->connect_again, "--connect-again", false},
        {options->report.picture.on, "--draw", false},
        {transfer->follow, "--follow", false},
        {transfer->hexdump, "--hexdump", false},
        {transfer->progress, "--progress", false},
        {transfer->second != SECOND_NONE, "--dup", false},
        {transfer->no_shutdown, "--no-shutdown", false},
        {transfer->shutdown_how != SHUT_WR, "--shutdown", false},
        {transfer->peer_eof_end, "--peer-eof", false},
        {transfer->strict, "--strict", false},
        {transfer->quit_after >= 0, "-q", false},
        {transfer->receives > 0, "-W", false},
        {transfer->chunk > 0, "--chunk", false},
        {transfer->crlf, "-C", false},
        {transfer->interval >= 0, "-i", false},
        {transfer->urgent != URGENT_REPORT, "--oob", false},
        {transfer->messages.plan.stamps, "--timestamps", false},
        {message_options_given(&transfer->messages),
            "how to send and receive (--send-flags, --iov, --cmsg, ...)", false},
    };
    if (spec->times && !options->conns)
        return usage_error("--times: %s has a time in each line", name);
    for (size_t i = 0; i < array_size(refused); i++)
        if (refused[i].given && !(options->conns && refused[i].conns))
            return usage_error("%s moves no data: it excludes %s", name, refused[i].name);
    return EXIT_DONE;
}

/* --conns moves no data and opens all connections at once. */
static int conns_check(const struct connect_options *options)
{
    const struct spec *spec = &options->spec;
    if (spec->type == SOCK_DGRAM)
        return usage_error("--conns: a datagram socket has no connections");
    if (options->probe.on)
        return usage_error("--conns excludes -z");
    if (options->transfer.io.mode != IO_STDIO && options->transfer.io.mode != IO_HOLD)
        return usage_error("--conns moves no data; only --io hold goes with it");
    if (spec->retry >= 0)
        return usage_error("--conns excludes --retry");
    return probe_check(options, "--conns");
}

static int connect_plan(void *data, int argc, char **argv)
{
    struct connect_options *options = data;
    struct spec *spec = &options->spec;
    int status = socket_options_plan(spec);
    if (options->probe.on && options->transfer.trace)
        return usage_error("-z excludes --trace-states, which traces one port");
    if (status == EXIT_DONE)
        status = transfer_options_plan(&options->transfer, spec);
    if (status != EXIT_DONE)
        return status;
    /* A SYN that took data along and was refused could not be tried again: the data is gone from stdin. */
    spec->deferrable = spec->retry < 0 && !options->conns && !options->probe.on && !options->path.on;
    const struct transfer_use use = {.silent = options->transfer.no_input ? "-d" : NULL};
    if (!options->probe.on && !options->path.on &&
        (status = transfer_options_check(&options->transfer, spec, &use)) != EXIT_DONE)
        return status;
    bool is_at_once = spec->family == AF_UNIX && spec->type == SOCK_DGRAM && spec->retry < 0;
    const struct timeout_reasons reasons = {
        .connect = is_at_once ? "a unix datagram socket does not wait" : NULL,
        .accept = "connect does not accept; see --connect-timeout",
        .idle = options->probe.on  ? "-z does not idle"
                : options->path.on ? "--path does not idle"
                                   : NULL};
    if ((status = timeouts_check(spec, &reasons)) != EXIT_DONE)
        return status;
    if (options->probe.on && options->transfer.reset && spec->type == SOCK_DGRAM)
        return usage_error("--reset: -z of UDP makes no connection");
    if (spec->connect_again && spec->type == SOCK_DGRAM)
        return usage_error("--connect-again: a datagram socket may connect any number of times");
    if (spec->times && options->report.picture.on)
        return usage_error("--draw has its own times: it excludes --times");
    if (options->conns && (status = conns_check(options)) != EXIT_DONE)
        return status;
    if (options->path.on && options->transfer.reset)
        return usage_error("--path excludes --reset");
    if (options->path.on && (options->probe.on || options->conns))
        return usage_error("--path excludes %s", options->conns ? "--conns" : "-z");
    if ((options->probe.on || options->path.on) &&
        (status = probe_check(options, options->path.on ? "--path" : "-z")) != EXIT_DONE)
        return status;
    if ((status = path_options_plan(&options->path, spec)) != EXIT_DONE)
        return status;
    if (!options->probe.on && argc > 2)
        return usage_error("too many operands: '%s'", argv[2]);
    if ((status = probe_options_plan(&options->probe, spec, argc, argv)) != EXIT_DONE || options->probe.on)
        return status;
    if (spec->family == AF_UNIX)
        return operand_path(argc, argv, spec);
    return operands_split(argc, argv, false, &spec->host, &spec->service);
}

/* The number of the only connection. */
#define CONN 1

/* data: the verdict, the failure of the first class that occurred. */
static void conn_failed(void *data, struct sink *sink, const struct failure *failure)
{
    struct failure *verdict = data;
    failure_emit(sink, failure->conn, failure);
    if (verdict->phase == PHASE_NONE || failure_class(failure) < failure_class(verdict))
        *verdict = *failure;
}

static int connect_many(const struct connect_options *options, const struct context *context)
{
    const struct transfer_options *transfer = &options->transfer;
    struct failure failure, verdict = {.phase = PHASE_NONE};
    const struct conns_plan plan = {.count = (unsigned)options->conns,
        .hold = transfer->io.mode == IO_HOLD,
        .linger = transfer->reset ? 0 : transfer->linger,
        .failed = conn_failed,
        .data = &verdict};
    context->sink->numbered = true;
    int result = conns_run(context, &options->spec, &plan, &failure);
    if (result < 0)
        return failure_finish(context->sink, &failure);
    return result > 0 ? EXIT_SIGNAL + result : failure_status(&verdict);
}

/* Whether a connect that waits for long is traced without --drops: who may trace need not ask for it. But
 * that needs files that are written, so it is done only where no byte from outside is read before the
 * connection is there, and the permission is given up then: a name would be looked up. */
static bool may_trace(const struct connect_options *options)
{
    const struct spec *spec = &options->spec;
    struct address address;
    return geteuid() == 0 && !options->report.quiet && !options->transfer.drops && !options->transfer.trace &&
           spec->type == SOCK_STREAM && spec->family != AF_UNIX && !spec->blocking && !options->probe.on &&
           !options->path.on && !options->conns && spec->host && address_parse(&address, spec->host, 0);
}

static bool traces_by_itself(const void *options)
{
    char text[256];
    return may_trace(options) && drops_available(text, sizeof(text));
}

static int connect_one(const struct connect_options *options, const struct context *context)
{
    const struct spec *spec = &options->spec;
    struct failure failure = {.phase = PHASE_NONE};
    struct dialed dialed;
    context->moved->by_itself = may_trace(options) && sandbox_permits(SANDBOX_WRITE | SANDBOX_NAME);
    int result = dial(context, spec, CONN, &dialed, &failure);
    if (may_trace(options))
        sandbox_give_up(context->sink, SANDBOX_WRITE | SANDBOX_NAME);
    if (result != 0)
        times_emit(context->sink, CONN, NULL, &dialed.times);
    if (result == DIAL_STOPPED && failure.phase != PHASE_NONE)
        failure_emit(context->sink, CONN, &failure);
    if (result == DIAL_STOPPED)
        return stop_status(context);
    if (result < 0)
        return failure_finish(context->sink, &failure);
    sandbox_settle(spec);
    const struct connection connection = {
        .fd = dialed.fd, .conn = CONN, .peer = dialed.peer, .local = dialed.local, .times = dialed.times};
    int status = transfer_run(context, &options->transfer, spec, &connection);
    unix_path_remove(&dialed.path);
    return status;
}

static int connect_run(void *data, struct sink *sink)
{
    struct connect_options *options = data;
    const struct spec *spec = &options->spec;
    struct session session;
    struct trace_watch trace;
    int status = session_begin(&session, sink, spec);
    if (status != EXIT_DONE)
        return status;
    status = transfer_trace_begin(&options->transfer, &session.context, spec, &trace);
    if (status == EXIT_DONE)
        status = options->probe.on
                     ? probe_options_run(&session.context, &options->probe, spec, options->transfer.reset)
                 : options->path.on ? path_options_run(&session.context, &options->path, spec)
                 : options->conns   ? connect_many(options, &session.context)
                                    : connect_one(options, &session.context);
    trace_watch_end(&trace);
    session_end(&session);
    return status;
}

static void connect_complete(const void *options, int position, const struct completion *completion)
{
    const struct spec *spec = &((const struct connect_options *)options)->spec;
    if (spec->family != AF_UNIX || !unix_listener_complete(completion))
        host_port_complete(spec, position, completion);
}

static const struct permit connect_permits[] = {
    {traces_by_itself, SANDBOX_WRITE | SANDBOX_NAME, 0,
        "an address that does not answer is traced: an instance of tracefs, until it is connected"},
    {.why = NULL},
};

static const struct permit_set connect_permit_sets[] = {
    {connect_permits, 0},
    {socket_permits, offsetof(struct connect_options, spec)},
    {transfer_permits, offsetof(struct connect_options, transfer)},
    {report_permits, offsetof(struct connect_options, report)},
    {.rows = NULL},
};

const struct command command_connect = {
    .name = "connect",
    .summary = "Connect to a peer and move bytes between it and stdin/stdout.",
    .operands = "HOST PORT | HOST:PORT | -U PATH | -z HOST PORTS...",
    .examples =
        (const char *const[]){
            "echo hello | sockctl connect -v 127.0.0.1 7",
            "sockctl connect -z example.org 22,80,443",
            NULL,
        },
    .minimum = 1,
    .maximum = INT_MAX,
    .options_size = sizeof(struct connect_options),
    .defaults =
        &(const struct connect_options){
            .spec = SPEC_DEFAULTS,
            .transfer = TRANSFER_DEFAULTS,
            .probe = PROBE_DEFAULTS,
        },
    .sets = connect_sets,
    .permits = connect_permit_sets,
    .report_fd = STDERR_FILENO,
    .plan = connect_plan,
    .run = connect_run,
    .complete = connect_complete,
};
