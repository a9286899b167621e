/* peerinfo: what the kernel knows about a socket: of our descriptor, of another process, or all on a port. */
#include "cmd/peerinfo/peerinfo.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/options/nc-letters.h"
#include "cmd/options/operands.h"
#include "cmd/outcome.h"
#include "call/call.h"
#include "net/connect/dial.h"
#include "net/socket/spec.h"

#define FIELD(member) .offset = offsetof(struct peerinfo_options, member)
static const struct option_row peerinfo_rows[] = {
    {0, "fd", "N", "the socket on this descriptor (without --pid: our own; the default is 0)",
        .type = OPTION_INT, FIELD(fd), .maximum = INT_MAX},
    {0, "pid", "P", "the sockets of process P, or with --fd one of them", .type = OPTION_INT, FIELD(pid),
        .minimum = 1, .maximum = INT_MAX},
    {0, "port", "N", "every local socket on this port", .type = OPTION_INT, FIELD(port), .minimum = 1,
        .maximum = 65535},
    {'4', "ipv4", NULL, "IPv4 only", .type = OPTION_SET, FIELD(family), .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 only", .type = OPTION_SET, FIELD(family), .minimum = AF_INET6},
    {'u', "udp", NULL, "UDP only", .type = OPTION_TRUE, FIELD(udp)},
    {0, "tcp", NULL, "with --port: TCP only", .type = OPTION_TRUE, FIELD(tcp)},
    {'n', "numeric", NULL, "look up no names", .type = OPTION_TRUE, FIELD(numeric)},
    {'w', "timeout", "T", "give up connecting to HOST after T", .type = OPTION_DURATION, FIELD(timeout),
        .minimum = -1},
    {.type = OPTION_END},
};

static const struct option_row view_rows[] = {
    {0, "sockopts", NULL, "every socket option with its value (except those that reading would clear)",
        .type = OPTION_TRUE, FIELD(sockopts)},
    {0, "tcpinfo", NULL, "the members of struct tcp_info, and what limits the connection",
        .type = OPTION_TRUE, FIELD(tcpinfo)},
    {0, "closed", NULL, "report each connection of the host as it ends", .type = OPTION_TRUE, FIELD(closed)},
    {0, "count", "N", "with --closed: stop after N connections", .type = OPTION_INT, FIELD(count),
        .minimum = 1, .maximum = INT_MAX},
    {0, "watch", "T", "look again every T and show what changed", .type = OPTION_DURATION, FIELD(watch)},
    {.type = OPTION_END},
};
#undef FIELD

static const struct option_set peerinfo_sets[] = {
    {"Which socket", peerinfo_rows, 0},
    {"What to show", view_rows, 0},
    {"Report", report_rows, 0},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

static const struct peerinfo_options peerinfo_defaults = {
    .fd = -1, .pid = -1, .port = -1, .watch = -1, .timeout = -1};

static int peerinfo_plan(void *data, int argc, char **argv)
{
    struct peerinfo_options *options = data;
    char meant[320];
    if (argc > 0 && url_operands(argv[0], meant, sizeof(meant)))
        return usage_error("'%s' is a URL; did you mean: sockctl peerinfo %s", argv[0], meant);
    if (argc == 1 && !address_split(argv[0], (char **)&options->host, (char **)&options->service))
        return usage_error("'%s' has no port: HOST PORT, or HOST:PORT", argv[0]);
    if (argc == 2) {
        options->host = argv[0];
        options->service = argv[1];
    }
    if ((options->host != NULL) + (options->port >= 0) + (options->pid >= 0 || options->fd >= 0) > 1)
        return usage_error("HOST PORT, --port, and --pid or --fd exclude each other");
    if ((options->pid >= 0 || options->fd >= 0) && (options->family || options->tcp || options->udp))
        return usage_error("-4, -6, -u and --tcp go with --port or HOST PORT only");
    if (options->sockopts && options->port >= 0)
        return usage_error("--sockopts needs a descriptor, which --port does not have");
    if (options->tcp && options->udp)
        return usage_error("--tcp and --udp exclude each other");
    if (options->count && !options->closed)
        return usage_error("--count needs --closed");
    if (options->closed &&
        (options->host || options->watch >= 0 || options->sockopts || options->tcpinfo || options->fd >= 0))
        return usage_error("--closed excludes HOST PORT, --fd, --watch, --sockopts and --tcpinfo");
    if (options->watch == 0)
        return usage_error("--watch 0 would never wait");
    return EXIT_DONE;
}

static void gone_emit(uint64_t cookie, void *data)
{
    const struct round *round = data;
    emit(round->sink, EVENT_SOCKET_GONE, F_COUNT("cookie", cookie), F_BOOL("gone", true));
}

/* Reports once. */
static int round_run(struct round *round, int (*look)(const struct round *round))
{
    cleanup_holders struct holders holders = {.items = NULL};
    round->holders = &holders;
    /* A socket borrowed from a process lists us as a holder meanwhile. */
    if (holders_read(&holders, round->options->pid >= 0 ? getpid() : 0) < 0)
        return not_found_emit(round, "/proc", "the processes", errno, NULL);
    return look(round);
}

/* A process that has ended never comes back; a port may be used again. */
static bool is_over(const struct round *round)
{
    return round->options->pid >= 0 && procfs_readable(round->options->pid) < 0 && errno == ESRCH;
}

/* Reports once, or every --watch until a signal arrives or the process has ended. */
static int rounds_run(struct round *round, int (*look)(const struct round *round))
{
    const int64_t every = round->options->watch;
    const struct timespec pause = {.tv_sec = every / NS_PER_S, .tv_nsec = every % NS_PER_S};
    int status = round_run(round, look);
    if (every < 0 || status != EXIT_DONE)
        return status;
    for (round->again = true;; nanosleep(&pause, NULL)) {
        bool over = is_over(round);
        changes_round(round->changes);
        round_run(round, look);
        changes_gone(round->changes, EVENT_SOCKET, gone_emit, round);
        changes_gone(round->changes, EVENT_SOCKET_LINE, gone_emit, round);
        if (round->sink->error)
            return EXIT_OTHER;
        if (over)
            return EXIT_DONE;
    }
}

/* The connection that is made only to be looked at. */
struct connected {
    struct round round; /* first: what look() is given */
    int fd;
};

static int connected_report(const struct round *round)
{
    int fd = ((const struct connected *)round)->fd;
    return descriptor_report(round, fd, fd, -1);
}

/* The number of the only connection. */
#define CONN 1

static int connect_report(const struct round *round)
{
    const struct peerinfo_options *options = round->options;
    struct spec spec = SPEC_DEFAULTS;
    struct watch_list watch = {.first = NULL};
    struct dialed dialed = {.fd = -1};
    struct failure failure = {.phase = PHASE_NONE};
    spec.family = options->family;
    spec.type = options->udp ? SOCK_DGRAM : SOCK_STREAM;
    spec.numeric = options->numeric;
    spec.host = options->host;
    spec.service = options->service;
    spec.connect_timeout = options->timeout;
    const struct context context = {.sink = round->sink, .stop_fd = -1, .watch = &watch};
    if (dial(&context, &spec, CONN, &dialed, &failure) != 0)
        return failure_finish(round->sink, &failure);
    struct connected connected = {.round = *round, .fd = dialed.fd};
    int status = rounds_run(&connected.round, connected_report);
    call_close(round->sink, &dialed.fd);
    return status;
}

static int peerinfo_run(void *data, struct sink *sink)
{
    const struct peerinfo_options *options = data;
    struct round round = {.sink = sink, .options = options};
    int status;
    if (options->watch >= 0 && !(round.changes = changes_new()))
        return call_finish(sink, "calloc");
    if (options->closed)
        return closed_run(options, sink);
    if (options->host)
        status = connect_report(&round);
    else if (options->port >= 0)
        status = rounds_run(&round, port_report);
    else if (options->pid >= 0)
        status = rounds_run(&round, process_report);
    else
        status = rounds_run(&round, own_report);
    changes_free(round.changes);
    return status;
}

static bool has_process(const void *options)
{
    return ((const struct peerinfo_options *)options)->pid >= 0;
}

static const struct permit peerinfo_permits[] = {
    {NULL, 0, SANDBOX_CAP(CAP_SYS_PTRACE) | SANDBOX_CAP(CAP_DAC_READ_SEARCH),
        "the holders of sockets: /proc/PID/fd of other users"},
    {has_process, SANDBOX_BORROW, 0, "--pid: a copy of the descriptor of another process"},
    {.why = NULL},
};

static const struct permit_set peerinfo_permit_sets[] = {
    {peerinfo_permits, 0},
    {report_permits, offsetof(struct peerinfo_options, report)},
    {.rows = NULL},
};

const struct command command_peerinfo = {
    .name = "peerinfo",
    .summary = "Show what the kernel knows about a socket: both ends, state, queues, holders, options.",
    .operands = "[HOST PORT]",
    .minimum = 0,
    .maximum = 2,
    .options_size = sizeof(struct peerinfo_options),
    .defaults = &peerinfo_defaults,
    .sets = peerinfo_sets,
    .permits = peerinfo_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = peerinfo_plan,
    .run = peerinfo_run,
};
