/* sockctl connect: connects, and moves bytes between the socket and stdin/stdout. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/nc-letters.h"
#include "cmd/operands.h"
#include "cmd/outcome.h"
#include "cmd/socket-options.h"
#include "cmd/stop.h"
#include "cmd/transfer.h"
#include "kernel/why.h"
#include "net/call.h"
#include "net/dial.h"
#include "net/target.h"

struct connect_options {
    struct report_options report;
    struct spec spec;
    struct transfer_options transfer;
};

#define SPEC(member) offsetof(struct connect_options, spec.member)
/* clang-format off */
static const struct option_row connect_rows[] = {
    {'s', "source", "ADDR", "connect from this local address (a path with -U)", .type = OPTION_TEXT, .offset = SPEC(source_host)},
    {'p', "source-port", "PORT", "connect from this local port", .type = OPTION_TEXT, .offset = SPEC(source_service)},
    {0, "retry", "T", "try again until it is up, for at most T", .type = OPTION_DURATION, .offset = SPEC(retry)},
    {0, "blocking", NULL, "connect(2) without O_NONBLOCK", .type = OPTION_TRUE, .offset = SPEC(blocking)},
    {.type = OPTION_END},
};
static const struct option_set connect_sets[] = {
    {"Connecting", connect_rows, 0},
    {"Sockets", socket_rows, offsetof(struct connect_options, spec)},
    {"Data", transfer_rows, offsetof(struct connect_options, transfer)},
    {"Report", report_rows, offsetof(struct connect_options, report)},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};
/* clang-format on */

static int connect_plan(void *data, int argc, char **argv)
{
    struct connect_options *options = data;
    struct spec *spec = &options->spec;
    char error[512];
    int status = socket_options_plan(spec);
    if (status != EXIT_DONE)
        return status;
    if (spec->source_service && !service_check(spec->source_service, 0, error, sizeof(error)))
        return usage_error("-p: %s", error);
    if (spec->family == AF_UNIX) {
        if (spec->source_service)
            return usage_error("-p: a unix socket has no port");
        return operand_path(argc, argv, spec);
    }
    return operands_split(argc, argv, false, &spec->host, &spec->service);
}

/* The number of the one connection. */
#define CONN 1

/* A connection to itself, or one that took retransmissions, is worth a word. */
static void connected_judge(struct sink *sink, const struct dialed *dialed)
{
    struct tcpinfo tcpinfo;
    if (!sink_wants(sink, EVENT_WARNING))
        return;
    tcpinfo_read(dialed->fd, &tcpinfo);
    why_connected(sink, CONN, &dialed->local, &dialed->peer, &tcpinfo);
}

static int connect_run(void *data, struct sink *sink)
{
    struct connect_options *options = data;
    struct spec *spec = &options->spec;
    struct failure failure = {.elapsed = -1};
    struct dialed dialed;
    cleanup_fd
    int stop = stop_open();
    spec->stop_fd = stop;
    int result = dial(sink, spec, CONN, &dialed, &failure);
    if (result == DIAL_STOPPED)
        return stop_status(stop);
    if (result < 0)
        return failure_finish(sink, &failure);
    connected_judge(sink, &dialed);
    return transfer_run(sink, &options->transfer, spec, dialed.fd, CONN, &dialed.peer, &dialed.local);
}

static void connect_complete(const void *options, int position, const struct completion *completion)
{
    host_port_complete(&((const struct connect_options *)options)->spec, position, completion);
}

const struct command command_connect = {
    .name = "connect",
    .summary = "Connect to a peer and move bytes between it and stdin/stdout.",
    .operands = "HOST PORT | HOST:PORT | -U PATH",
    .minimum = 1,
    .maximum = 2,
    .options_size = sizeof(struct connect_options),
    .defaults = &(const struct connect_options){.spec = SPEC_DEFAULTS, .transfer = TRANSFER_DEFAULTS},
    .sets = connect_sets,
    .report_fd = STDERR_FILENO,
    .plan = connect_plan,
    .run = connect_run,
    .complete = connect_complete,
};
