/* peerinfo: what the kernel knows of a socket: of a descriptor, of another process's, of all on a port. */
#include "cmd/peerinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/outcome.h"
#include "net/borrow.h"
#include "net/call.h"
#include "net/dial.h"
#include "net/spec.h"

/* clang-format off */
#define FIELD(member) .offset = offsetof(struct peerinfo_options, member)
static const struct option_row peerinfo_rows[] = {
    {0, "fd", "N", "the socket on this descriptor (without --pid: our own; the default is 0)", .type = OPTION_INT, FIELD(fd), .maximum = INT_MAX},
    {0, "pid", "P", "the sockets of process P, or with --fd one of them", .type = OPTION_INT, FIELD(pid), .minimum = 1, .maximum = INT_MAX},
    {0, "port", "N", "every local socket on this port", .type = OPTION_INT, FIELD(port), .minimum = 1, .maximum = 65535},
    {'4', "ipv4", NULL, "IPv4 only", .type = OPTION_SET, FIELD(family), .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 only", .type = OPTION_SET, FIELD(family), .minimum = AF_INET6},
    {'u', "udp", NULL, "UDP only", .type = OPTION_TRUE, FIELD(udp)},
    {0, "tcp", NULL, "with --port: TCP only", .type = OPTION_TRUE, FIELD(tcp)},
    {'n', "numeric", NULL, "no name is looked up", .type = OPTION_TRUE, FIELD(numeric)},
    {'w', "timeout", "T", "give up connecting to HOST after T", .type = OPTION_DURATION, FIELD(timeout), .minimum = -1},
    {.type = OPTION_END},
};

static const struct option_row view_rows[] = {
    {0, "sockopts", NULL, "every socket option with its value (none that reading takes away)", .type = OPTION_TRUE, FIELD(sockopts)},
    {0, "tcpinfo", NULL, "struct tcp_info by its members, and what limits the connection", .type = OPTION_TRUE, FIELD(tcpinfo)},
    {0, "watch", "T", "look again every T, and show what changed", .type = OPTION_DURATION, FIELD(watch)},
    {.type = OPTION_END},
};
#undef FIELD
/* clang-format on */

static const struct option_set peerinfo_sets[] = {
    {"Which socket", peerinfo_rows, 0},
    {"What to show", view_rows, 0},
    {"Report", report_rows, 0},
    {.title = NULL},
};

static const struct peerinfo_options peerinfo_defaults = {
    .fd = -1, .pid = -1, .port = -1, .watch = -1, .timeout = -1};

static int peerinfo_plan(void *data, int argc, char **argv)
{
    struct peerinfo_options *options = data;

    if (argc == 1 && !address_split(argv[0], (char **)&options->host, (char **)&options->service))
        return usage_error("'%s' has no port: HOST PORT, or HOST:PORT", argv[0]);
    if (argc == 2) {
        options->host = argv[0];
        options->service = argv[1];
    }
    if ((options->host != NULL) + (options->port >= 0) + (options->pid >= 0 || options->fd >= 0) > 1)
        return usage_error("HOST PORT, --port, and --pid or --fd exclude each other");
    if ((options->pid >= 0 || options->fd >= 0) && (options->family || options->tcp || options->udp))
        return usage_error("-4, -6, -u and --tcp choose among the sockets on a port, or how to connect");
    if (options->sockopts && options->port >= 0)
        return usage_error("--sockopts needs a descriptor: --port has none");
    if (options->tcp && options->udp)
        return usage_error("--tcp and --udp exclude each other");
    if (options->watch == 0)
        return usage_error("--watch 0 would not wait at all");
    return EXIT_DONE;
}

#define NEEDS_RIGHT "it is another user's: that takes root"

/* What one round of the report works with. */
struct report {
    struct sink *sink;
    const struct peerinfo_options *options;
    struct watch *watch;     /* NULL: once */
    struct holders *holders; /* as this round found them */
    bool again;              /* not the first round: what is gone is told, not failed */
};

static int not_found(
    const struct report *report, const char *call, const char *name, int error, const char *text)
{
    struct failure failure = {.phase = PHASE_OTHER,
        .call = call,
        .name = name,
        .error = error,
        .text = error == ELIBACC ? "libmnl is not installed" : text,
        .elapsed = -1};

    if (report->again)
        return EXIT_DONE;
    failure_emit(report->sink, 0, &failure);
    return error == EACCES || error == EPERM || error == ELIBACC ? EXIT_USAGE : EXIT_OTHER;
}

/* The item of the kernel's list for a descriptor: by its connection, else by its cookie or inode. */
static int list_descriptor(const struct inspection *seen, struct holders *holders, struct socklist *list)
{
    struct sockdiag_socket found;
    struct sockdiag_query query = {.family = seen->family,
        .protocol = seen->protocol,
        .cookie = seen->cookie,
        .inode = (uint32_t)seen->inode,
        .tcpinfo = true};

    *list = (struct socklist){.items = NULL};
    if (seen->family == AF_UNIX)
        query = (struct sockdiag_query){.family = AF_UNIX, .inode = (uint32_t)seen->inode};
    else if ((seen->family != AF_INET && seen->family != AF_INET6) ||
             (seen->protocol != IPPROTO_TCP && seen->protocol != IPPROTO_UDP))
        return 0;
    else
        query.port = address_port(&seen->local);
    if (seen->peer.length > 0 && seen->family != AF_UNIX &&
        sockdiag_lookup(seen->protocol, &seen->local, &seen->peer, seen->cookie, &found) == 1)
        return socklist_of(list, holders, &found);
    int result = sockdiag_find(&query, &found);
    return result == 1 ? socklist_of(list, holders, &found) : result;
}

static void subject_report(const struct report *report, const struct subject *subject, int fd)
{
    const struct peerinfo_options *options = report->options;
    const struct tcpinfo *tcpinfo = subject->seen && subject->seen->tcpinfo.length > 0
                                        ? &subject->seen->tcpinfo
                                    : subject->item ? &subject->item->socket.tcpinfo
                                                    : NULL;
    uint64_t cookie = subject->item ? subject->item->socket.cookie : subject->seen->cookie;

    subject_emit(report->sink, report->watch, subject);
    if (options->tcpinfo && tcpinfo)
        tcpinfo_emit(report->sink, report->watch, cookie, tcpinfo);
    if (options->sockopts && fd >= 0 && !report->again)
        sockopts_emit(report->sink, fd);
}

/* "descriptor 3", or "process 42 descriptor 3" */
static const char *descriptor_text(const struct report *report, int number, char *buffer, size_t size)
{
    if (report->options->pid >= 0)
        snprintf(buffer, size, "process %d descriptor %d", report->options->pid, number);
    else
        snprintf(buffer, size, "descriptor %d", number);
    return buffer;
}

/* A descriptor that we have: our own, or a borrowed one, which process pid knows as number. */
static int descriptor_report(const struct report *report, int fd, int number, int open_flags)
{
    struct inspection seen;
    char text[48];
    const char *name = descriptor_text(report, number, text, sizeof(text));

    if (inspect(report->sink, fd, &seen) == -1)
        return not_found(report, "getsockname", name, errno, NULL);
    cleanup_socklist struct socklist list = {.items = NULL};
    if (list_descriptor(&seen, report->holders, &list) == -1)
        return not_found(report, "sock_diag", name, errno, NULL);
    const struct subject subject = {
        .holders = report->holders,
        .item = list.count > 0 ? list.items : NULL,
        .seen = &seen,
        .fd = number,
        .open_flags = open_flags >= 0 ? open_flags : seen.open_flags | (seen.close_on_exec ? O_CLOEXEC : 0),
        .names = !report->options->numeric,
        .in_full = true,
    };
    subject_report(report, &subject, fd);
    return EXIT_DONE;
}

static int own_report(const struct report *report)
{
    int fd = report->options->fd >= 0 ? report->options->fd : STDIN_FILENO;

    return descriptor_report(report, fd, fd, -1);
}

/* A socket of another process that may not be borrowed: only what the kernel's list says. */
static int listed_report(const struct report *report, int number, uint64_t inode, int open_flags)
{
    char text[48];
    const char *name = descriptor_text(report, number, text, sizeof(text));

    cleanup_socklist struct socklist list = {.items = NULL};
    if (inode == 0)
        return not_found(report, "readlink", name, ENOTSOCK, NULL);
    if (socklist_by_inode(&list, report->holders, (uint32_t)inode) == -1)
        return not_found(report, "sock_diag", name, errno, NULL);
    if (list.count == 0)
        return not_found(
            report, "sock_diag", name, 0, "its socket is not listed, and the process may not be asked");
    const struct subject subject = {.holders = report->holders,
        .item = list.items,
        .fd = number,
        .open_flags = open_flags,
        .names = !report->options->numeric,
        .in_full = true};
    subject_report(report, &subject, -1);
    return EXIT_DONE;
}

static int borrowed_report(const struct report *report, int number)
{
    pid_t pid = report->options->pid;
    char text[48];
    const char *name = descriptor_text(report, number, text, sizeof(text));
    uint64_t inode;

    int open_flags = procfs_open_flags(pid, number);
    cleanup_fd
    int fd = borrow_open(report->sink, pid, number);
    if (fd >= 0)
        return descriptor_report(report, fd, number, open_flags);
    int error = errno;
    if (error == ESRCH || error == EBADF)
        return not_found(report, error == ESRCH ? "pidfd_open" : "pidfd_getfd", name, error, NULL);
    if (procfs_inode(pid, number, &inode) == -1)
        return not_found(report, "pidfd_getfd", name, error, error == EPERM ? NEEDS_RIGHT : NULL);
    return listed_report(report, number, inode, open_flags);
}

static int compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The sockets among a process's descriptors, in the order of these; NULL without memory. To be freed. */
static int *process_sockets(const struct holders *holders, pid_t pid, size_t *count)
{
    int *fds = reallocarray(NULL, holders->count + 1, sizeof(*fds));

    *count = 0;
    for (size_t i = 0; fds && i < holders->count; i++)
        if (holders->items[i].pid == pid)
            fds[(*count)++] = holders->items[i].fd;
    if (fds)
        qsort(fds, *count, sizeof(*fds), compare_numbers);
    return fds;
}

/* Whether the process still has that socket: one that it closed between two looks is no failure. */
static bool is_there(pid_t pid, int number)
{
    uint64_t inode;

    return procfs_inode(pid, number, &inode) == 0 && inode != 0;
}

static int process_report(const struct report *report)
{
    pid_t pid = report->options->pid;
    int status = EXIT_DONE;
    char name[32];
    size_t count;

    if (report->options->fd >= 0)
        return borrowed_report(report, report->options->fd);
    snprintf(name, sizeof(name), "process %d", (int)pid);
    if (procfs_readable(pid) == -1)
        return not_found(report, "/proc", name, errno, errno == EACCES ? NEEDS_RIGHT : NULL);
    cleanup_free
    int *fds = process_sockets(report->holders, pid, &count);
    if (!fds)
        return not_found(report, "malloc", name, errno, NULL);
    if (count == 0)
        return not_found(report, "/proc", name, 0, "it has no socket");
    for (size_t i = 0; i < count; i++) {
        int one = is_there(pid, fds[i]) ? borrowed_report(report, fds[i]) : EXIT_DONE;
        if (status == EXIT_DONE)
            status = one;
    }
    return status;
}

static int port_report(const struct report *report)
{
    const struct peerinfo_options *options = report->options;
    char name[32];

    snprintf(name, sizeof(name), "port %d", options->port);
    cleanup_socklist struct socklist list = {.items = NULL};
    if (socklist_by_port(&list, report->holders, options->port, options->family,
            options->udp   ? IPPROTO_UDP
            : options->tcp ? IPPROTO_TCP
                           : 0) == -1)
        return not_found(report, "sock_diag", name, errno, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const struct subject subject = {
            .holders = report->holders, .item = &list.items[i], .fd = -1, .open_flags = -1};
        subject_report(report, &subject, -1);
    }
    if (list.count == 0)
        return not_found(report, "sock_diag", name, 0, "no socket has this port");
    return EXIT_DONE;
}

static void gone_emit(uint64_t cookie, void *data)
{
    const struct report *report = data;

    emit(report->sink, EVENT_SOCKET_GONE, F_COUNT("cookie", cookie), F_BOOL("gone", true));
}

/* Looks once. */
static int report_round(struct report *report, int (*round)(const struct report *report))
{
    cleanup_holders struct holders holders = {.items = NULL};

    report->holders = &holders;
    /* What is borrowed from a process has this one as a holder for as long as that takes. */
    if (holders_read(&holders, report->options->pid >= 0 ? getpid() : 0) == -1)
        return not_found(report, "/proc", "the processes", errno, NULL);
    return round(report);
}

/* A process that has ended never comes back; a port may be taken again. */
static bool is_over(const struct report *report)
{
    return report->options->pid >= 0 && procfs_readable(report->options->pid) == -1 && errno == ESRCH;
}

/* Reports once, or every --watch until a signal ends the program, or until the process in question has ended. */
static int report_run(struct report *report, int (*round)(const struct report *report))
{
    const int64_t every = report->options->watch;
    const struct timespec pause = {.tv_sec = every / NS_PER_S, .tv_nsec = every % NS_PER_S};
    int status = report_round(report, round);

    if (every < 0 || status != EXIT_DONE)
        return status;
    for (report->again = true;; nanosleep(&pause, NULL)) {
        bool over = is_over(report);
        watch_round(report->watch);
        report_round(report, round);
        watch_gone(report->watch, EVENT_SOCKET, gone_emit, report);
        watch_gone(report->watch, EVENT_SOCKET_LINE, gone_emit, report);
        if (report->sink->error)
            return EXIT_OTHER;
        if (over)
            return EXIT_DONE;
    }
}

/* The connection that is made only to be looked at. */
struct connected {
    struct report report; /* first: what round() is given */
    int fd;
};

static int connected_report(const struct report *report)
{
    int fd = ((const struct connected *)report)->fd;

    return descriptor_report(report, fd, fd, -1);
}

static int connect_report(const struct report *report)
{
    const struct peerinfo_options *options = report->options;
    struct spec spec = SPEC_DEFAULTS;
    struct dialed dialed = {.fd = -1};
    struct failure failure = {.elapsed = -1};

    spec.family = options->family;
    spec.type = options->udp ? SOCK_DGRAM : SOCK_STREAM;
    spec.numeric = options->numeric;
    spec.host = options->host;
    spec.service = options->service;
    spec.connect_timeout = options->timeout;
    if (dial(report->sink, &spec, 0, &dialed, &failure) != 0)
        return failure_finish(report->sink, &failure);
    struct connected connected = {.report = *report, .fd = dialed.fd};
    int status = report_run(&connected.report, connected_report);
    call_close(report->sink, &dialed.fd);
    return status;
}

static int peerinfo_run(void *data, struct sink *sink)
{
    const struct peerinfo_options *options = data;
    struct report report = {.sink = sink, .options = options};
    int status;

    if (options->watch >= 0 && !(report.watch = watch_new()))
        return EXIT_OTHER;
    if (options->host)
        status = connect_report(&report);
    else if (options->port >= 0)
        status = report_run(&report, port_report);
    else if (options->pid >= 0)
        status = report_run(&report, process_report);
    else
        status = report_run(&report, own_report);
    watch_free(report.watch);
    return status;
}

const struct command command_peerinfo = {
    .name = "peerinfo",
    .summary = "Show what the kernel knows of a socket: both ends, state, queues, holders, options.",
    .operands = "[HOST PORT]",
    .minimum = 0,
    .maximum = 2,
    .options_size = sizeof(struct peerinfo_options),
    .defaults = &peerinfo_defaults,
    .sets = peerinfo_sets,
    .report_fd = STDOUT_FILENO,
    .plan = peerinfo_plan,
    .run = peerinfo_run,
};
