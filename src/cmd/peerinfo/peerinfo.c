/* SPDX-License-Identifier: ISC */
/* peerinfo: what the kernel knows about a socket, or about many of them. */
#include "cmd/peerinfo/peerinfo.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/options/filter-options.h"
#include "cmd/options/nc-letters.h"
#include "cmd/meant.h"
#include "cmd/options/operands.h"
#include "cmd/netns.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/counts.h"
#include "cmd/stop.h"
#include "call/call.h"
#include "net/connect/dial.h"
#include "net/socket/spec.h"

#define FIELD(member) .offset = offsetof(struct peerinfo_options, member)
static const struct option_row peerinfo_rows[] = {
    {0, "fd", "N", "the socket on this descriptor of sockctl itself, or with --pid of that process",
        .type = OPTION_INT, FIELD(fd), .maximum = INT_MAX},
    {'n', "numeric", NULL, "look up no names", .type = OPTION_TRUE, FIELD(numeric)},
    {'w', "timeout", "T", "give up connecting to HOST after T; end --closed, --events and --drops after T",
        .type = OPTION_DURATION, FIELD(timeout), .minimum = -1},
    {.type = OPTION_END},
};

static const struct option_row view_rows[] = {
    {'a', "all", NULL, "connections too, not only listeners and UDP sockets without a peer",
        .type = OPTION_TRUE, FIELD(all)},
    {0, "count-by", "FIELD,...", "count the sockets, connections too, that have the same values of these",
        .type = OPTION_FLAGS, FIELD(count_by), .names = &names_count},
    {0, "sort", "FIELD", "sort the list", .type = OPTION_CHOICE, FIELD(sort), .names = &names_order},
    {0, "sockopts", NULL, "every socket option with its value (except those that reading would clear)",
        .type = OPTION_TRUE, FIELD(sockopts)},
    {0, "tcpinfo", NULL, "the members of struct tcp_info, and what limits the connection",
        .type = OPTION_TRUE, FIELD(tcpinfo)},
    {0, "closed", NULL, "report each connection of the host as it ends", .type = OPTION_TRUE, FIELD(closed)},
    {0, "events", NULL, "report each connect, accept and close of the whole host (root)", .type = OPTION_TRUE,
        FIELD(events)},
    {0, "drops", NULL, "report each packet that the host drops and each RST that it sends, and why (root)",
        .type = OPTION_TRUE, FIELD(drops)},
    {0, "count", "N", "with --closed, --events and --drops: stop after N of them", .type = OPTION_INT,
        FIELD(count), .minimum = 1, .maximum = INT_MAX},
    {0, "check", NULL, "report what is wrong here, worst first, from two looks", .type = OPTION_TRUE,
        FIELD(check)},
    {0, "interval", "T", "with --check: the time between the two looks (500 ms)", .type = OPTION_DURATION,
        FIELD(interval)},
    {0, "watch", "T", "look again every T and show what changed", .type = OPTION_DURATION, FIELD(watch)},
    {.type = OPTION_END},
};
#undef FIELD

static const struct option_set peerinfo_sets[] = {
    {"Which socket", peerinfo_rows, 0},
    {"Which sockets of this host", filter_rows, offsetof(struct peerinfo_options, filter)},
    {"What to show", view_rows, 0},
    {"Where", netns_all_rows, 0},
    {"Report", report_rows, 0},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

static const struct peerinfo_options peerinfo_defaults = {
    .filter = SOCKET_FILTER_DEFAULTS, .fd = -1, .interval = -1, .watch = -1, .timeout = -1};

/* Whether the filter has more than kinds, a family, ports and a process. */
static bool filter_is_wide(const struct socket_filter *filter)
{
    return filter->local || filter->listening || filter->states || filter->local_port.given ||
           filter->peer_port.given || filter->local_prefix.count || filter->peer_prefix.count ||
           filter->interface || filter->uid >= 0 || filter->program;
}

static bool is_socket(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool netns_is_all(const struct peerinfo_options *options)
{
    return options->report.netns && strcmp(options->report.netns, NETNS_ALL) == 0;
}

/* Some subjects have a report of their own; for all others there is the list. */
static enum subject_kind subject_kind_of(const struct peerinfo_options *options)
{
    const struct socket_filter *filter = &options->filter;
    bool has_kind = filter->family != AF_UNSPEC || filter->tcp || filter->udp;
    bool is_list =
        netns_is_all(options) || options->all || options->count_by || options->sort || filter_is_wide(filter);
    if (options->host)
        return SUBJECT_CONNECTION;
    if (options->fd >= 0)
        return SUBJECT_DESCRIPTOR;
    if (!is_list && filter->pid >= 0 && !filter->either_port.given && !has_kind)
        return SUBJECT_PROCESS;
    if (!is_list && filter->pid < 0 && filter->either_port.given)
        return SUBJECT_PORT;
    if (!is_list && filter->pid < 0 && !has_kind &&
        (options->sockopts || options->tcpinfo || is_socket(STDIN_FILENO)))
        return SUBJECT_DESCRIPTOR;
    return SUBJECT_LIST;
}

/* HOST PORT, HOST:PORT, or nothing. */
static int operands_plan(struct peerinfo_options *options, int argc, char **argv)
{
    long long port;
    const char *why;
    int status = operands_check(argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (argc == 1 && number_parse(argv[0], 1, PORT_MOST, &port, &why))
        return corrected_error(
            &(struct correction){argv[0], {"--port", argv[0]}}, 1, "'%s' is only a port", argv[0]);
    if (argc == 1 && !address_split(argv[0], (char **)&options->host, (char **)&options->service))
        return usage_error("'%s' has no port: HOST PORT, or HOST:PORT", argv[0]);
    if (argc == 2) {
        options->host = argv[0];
        options->service = argv[1];
    }
    return EXIT_DONE;
}

static int closed_plan(const struct peerinfo_options *options)
{
    const char *name = options->events ? "events" : options->drops ? "drops" : "closed";
    int given = options->closed + options->events + options->drops;
    if (options->count && !given)
        return usage_error("--count needs --closed, --events or --drops");
    if (options->timeout >= 0 && !given && !options->host)
        return usage_error("-w is for HOST PORT, --closed, --events and --drops");
    if (given > 1)
        return usage_error("--closed, --events and --drops exclude each other");
    if (given &&
        (options->host || options->watch >= 0 || options->sockopts || options->tcpinfo || options->fd >= 0))
        return usage_error("--%s excludes HOST PORT, --fd, --watch, --sockopts and --tcpinfo", name);
    if (given && (options->count_by || options->sort))
        return usage_error(
            "--%s is not a list: it excludes --%s", name, options->count_by ? "count-by" : "sort");
    if (options->closed && (options->filter.local || options->filter.listening || options->filter.states))
        return usage_error("--closed: %s", options->filter.local
                                               ? "a unix socket reports no end"
                                               : "the state of what has ended says nothing: "
                                                 "it excludes --state and --listening");
    return options->events ? events_plan(options) : options->drops ? drops_plan(options) : EXIT_DONE;
}

/* The sockets by which the namespaces are asked are opened here, because the sandbox joins none. */
static int netns_plan(struct peerinfo_options *options)
{
    char error[512];
    if (!netns_is_all(options))
        return EXIT_DONE;
    if (options->subject != SUBJECT_LIST || options->closed || options->check)
        return usage_error("--netns all is for the list and for --count-by");
    if (options->filter.interface)
        return usage_error("--interface: each namespace has interfaces of its own; name one by --netns");
    int status = netns_list_open(&options->namespaces, error, sizeof(error));
    return status == EXIT_DONE ? EXIT_DONE : missing_error("--netns: %s", error);
}

static int peerinfo_plan(void *data, int argc, char **argv)
{
    struct peerinfo_options *options = data;
    const struct socket_filter *filter = &options->filter;
    int status = operands_plan(options, argc, argv);
    if (status == EXIT_DONE)
        status = closed_plan(options);
    if (status == EXIT_DONE)
        status = check_plan(options);
    if (status != EXIT_DONE)
        return status;
    enum subject_kind kind = options->subject = subject_kind_of(options);
    options->connections = options->all || options->count_by || filter->states || filter->peer_port.given ||
                           filter->either_port.given || filter->peer_prefix.count > 0;
    bool is_many = options->all || options->count_by || options->sort;
    if (kind == SUBJECT_CONNECTION && (is_many || filter_is_wide(filter) || filter->pid >= 0 ||
                                          filter->either_port.given || options->fd >= 0))
        return usage_error("HOST PORT is one socket: of the filters only -4, -6, -u and --tcp go with it");
    if (kind == SUBJECT_CONNECTION && filter->tcp && filter->udp)
        return usage_error("--tcp and --udp exclude each other with HOST PORT");
    if (options->fd >= 0 && (is_many || filter_is_wide(filter) || filter->family || filter->tcp ||
                                filter->udp || filter->either_port.given))
        return usage_error("--fd is one socket: only --pid goes with it");
    if (options->sockopts && (kind == SUBJECT_PORT || kind == SUBJECT_LIST))
        return usage_error("--sockopts needs a descriptor: --fd, --pid, or HOST PORT");
    if (filter->local && (filter->either_port.given || filter->local_port.given || filter->peer_port.given ||
                             filter->local_prefix.count || filter->peer_prefix.count || filter->interface ||
                             (filter->family && !filter->tcp && !filter->udp)))
        return usage_error("-U: a unix socket has no port, IP address or interface to select it by");
    if (options->tcpinfo && filter->udp && !filter->tcp)
        return usage_error("-u excludes --tcpinfo: a UDP socket has no struct tcp_info");
    if (options->tcpinfo && kind == SUBJECT_LIST)
        return usage_error("--tcpinfo is for few sockets: --port, --pid, --fd, or HOST PORT");
    if (options->sort && options->count_by)
        return usage_error("--count-by is sorted by the count: --sort does not go with it");
    if (options->watch == 0)
        return usage_error("--watch 0 would never wait");
    return netns_plan(options);
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
    if (holders_read(&holders, round->options->filter.pid >= 0 ? getpid() : 0) < 0)
        return not_found_emit(round, "/proc", "the processes", errno, NULL);
    return look(round);
}

/* A process that has ended never comes back; a port may be used again. */
static bool is_over(const struct round *round)
{
    return round->options->filter.pid >= 0 && procfs_readable(round->options->filter.pid) < 0 &&
           errno == ESRCH;
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
    cleanup_free struct spec *spec = malloc(sizeof(*spec));
    struct watch_list watch = {.first = NULL};
    struct dialed dialed = {.fd = -1};
    struct failure failure = {.phase = PHASE_NONE};
    if (!spec)
        return call_finish(round->sink, "malloc");
    *spec = (struct spec)SPEC_DEFAULTS;
    spec->family = options->filter.family;
    spec->type = options->filter.udp ? SOCK_DGRAM : SOCK_STREAM;
    spec->numeric = options->numeric;
    spec->host = options->host;
    spec->service = options->service;
    spec->connect_timeout = options->timeout;
    sigset_t before;
    sigprocmask(SIG_BLOCK, NULL, &before);
    cleanup_fd int stop = stop_open();
    const struct context context = {.sink = round->sink, .stop_fd = stop, .watch = &watch};
    int result = dial(&context, spec, CONN, &dialed, &failure);
    if (result != 0 && failure.phase != PHASE_NONE)
        failure_emit(round->sink, CONN, &failure);
    if (result != 0)
        return result == DIAL_STOPPED ? stop_status(&context) : failure_status(&failure);
    /* A report whose reader has gone asks for a stop too, which must not end us by its signal. */
    int status = stop_wait(&context, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    struct connected connected = {.round = *round, .fd = dialed.fd};
    if (status == EXIT_DONE)
        status = rounds_run(&connected.round, connected_report);
    call_close(round->sink, &dialed.fd);
    return status;
}

static int subject_run(struct round *round)
{
    const struct peerinfo_options *options = round->options;
    switch (options->subject) {
    case SUBJECT_CONNECTION: return connect_report(round);
    case SUBJECT_DESCRIPTOR: return rounds_run(round, options->filter.pid >= 0 ? process_report : own_report);
    case SUBJECT_PROCESS: return rounds_run(round, process_report);
    case SUBJECT_PORT: terminal_fold(round->sink); return rounds_run(round, port_report);
    case SUBJECT_LIST:
    default: return list_report(round);
    }
}

static int peerinfo_run(void *data, struct sink *sink)
{
    struct peerinfo_options *options = data;
    struct round round = {.sink = sink, .options = options};
    if (options->check)
        return check_run(options, sink);
    if (options->closed)
        return closed_run(options, sink);
    if (options->events)
        return events_run(options, sink);
    if (options->drops)
        return drops_run(options, sink);
    if (options->watch >= 0 && !(round.changes = changes_new()))
        return call_finish(sink, "calloc");
    int status = subject_run(&round);
    changes_free(round.changes);
    netns_list_free(&options->namespaces);
    return status;
}

static bool has_process(const void *options)
{
    return ((const struct peerinfo_options *)options)->filter.pid >= 0;
}

static bool has_events(const void *options)
{
    return ((const struct peerinfo_options *)options)->events ||
           ((const struct peerinfo_options *)options)->drops;
}

static const struct permit peerinfo_permits[] = {
    {NULL, 0, SANDBOX_CAP(CAP_SYS_PTRACE) | SANDBOX_CAP(CAP_DAC_READ_SEARCH),
        "the holders of sockets: /proc/PID/fd of other users"},
    {has_events, SANDBOX_WRITE | SANDBOX_NAME, 0,
        "--events, --drops: an instance of tracefs, made and removed"},
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
    .summary = "List the sockets of this host, or show all that the kernel knows about one.",
    .operands = "[HOST PORT]",
    .examples =
        (const char *const[]){
            "sockctl peerinfo --port 8080",
            "sockctl peerinfo --check",
            NULL,
        },
    .minimum = 0,
    .maximum = 2,
    .options_size = sizeof(struct peerinfo_options),
    .defaults = &peerinfo_defaults,
    .sets = peerinfo_sets,
    .permits = peerinfo_permit_sets,
    .report_fd = STDOUT_FILENO,
    .takes_all_netns = true,
    .plan = peerinfo_plan,
    .run = peerinfo_run,
};
