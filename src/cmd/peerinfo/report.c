/* SPDX-License-Identifier: ISC */
/* The reports of peerinfo, one for each kind of subject. peerinfo.c chooses one, and repeats it for
 * --watch. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/peerinfo.h"
#include "call/borrow.h"

#define NEEDS_RIGHT "it belongs to another user: that needs root"

int not_found_emit(const struct round *round, const char *call, const char *name, int error, const char *text)
{
    if (round->again)
        return EXIT_DONE;
    if (error == 0) {
        emit(round->sink, EVENT_NOT_FOUND, F_TEXT("call", call), F_FOREIGN("name", name),
            F_TEXT("text", text));
        return EXIT_OTHER;
    }
    errno = error;
    struct failure failure = failure_of(PHASE_OTHER, call, NULL, 0);
    failure.name = name;
    failure.text = text;
    return question_finish(round->sink, &failure);
}

/* Finds the item of the kernel's list for a descriptor: by its connection, else by its cookie or inode. */
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

static bool buffer_is_full(const struct socklist_item *item)
{
    return item && item->socket.has_memory && item->socket.send_memory >= item->socket.send_buffer;
}

static void subject_report(const struct round *round, const struct subject *subject, int fd)
{
    const struct peerinfo_options *options = round->options;
    const struct tcpinfo *tcpinfo = subject->seen && subject->seen->tcpinfo.length > 0
                                        ? &subject->seen->tcpinfo
                                    : subject->item ? &subject->item->socket.tcpinfo
                                                    : NULL;
    uint64_t cookie = subject->item ? subject->item->socket.cookie : subject->seen->cookie;
    subject_emit(round->sink, round->changes, subject);
    if (options->tcpinfo && tcpinfo)
        tcpinfo_emit(round->sink, round->changes, cookie, tcpinfo,
            subject->item ? &subject->item->socket : NULL, buffer_is_full(subject->item));
    if (options->sockopts && fd >= 0 && !round->again)
        sockopts_emit(round->sink, fd);
}

/* "descriptor 3", or "process 42 descriptor 3" */
static const char *descriptor_text(const struct round *round, int number, char *buffer, size_t size)
{
    if (round->options->filter.pid >= 0)
        snprintf(buffer, size, "process %d descriptor %d", round->options->filter.pid, number);
    else
        snprintf(buffer, size, "descriptor %d", number);
    return buffer;
}

/* Reports an open descriptor: our own, or a borrowed one, which process pid knows as number. */
int descriptor_report(const struct round *round, int fd, int number, int open_flags)
{
    struct inspection seen;
    char text[48];
    const char *name = descriptor_text(round, number, text, sizeof(text));
    if (inspect(round->sink, fd, &seen) < 0)
        return not_found_emit(round, "getsockname", name, errno,
            errno == ENOTSOCK && round->options->filter.pid < 0 && fd == STDIN_FILENO
                ? "stdin is not a socket; see --port and --pid"
                : NULL);
    cleanup_socklist struct socklist list = {.items = NULL};
    if (list_descriptor(&seen, round->holders, &list) < 0)
        return not_found_emit(round, "sock_diag", name, errno, NULL);
    const struct subject subject = {
        .holders = round->holders,
        .item = list.count > 0 ? list.items : NULL,
        .seen = &seen,
        .fd = number,
        .open_flags = open_flags >= 0 ? open_flags : seen.open_flags | (seen.close_on_exec ? O_CLOEXEC : 0),
        .names = !round->options->numeric,
        .in_full = true,
    };
    subject_report(round, &subject, fd);
    return EXIT_DONE;
}

int own_report(const struct round *round)
{
    int fd = round->options->fd >= 0 ? round->options->fd : STDIN_FILENO;
    return descriptor_report(round, fd, fd, -1);
}

/* Reports a socket of another process that may not be borrowed, from the kernel's list alone. */
static int listed_report(const struct round *round, int number, uint64_t inode, int open_flags)
{
    char text[48];
    const char *name = descriptor_text(round, number, text, sizeof(text));
    cleanup_socklist struct socklist list = {.items = NULL};
    if (inode == 0)
        return not_found_emit(round, "readlink", name, ENOTSOCK, NULL);
    if (socklist_by_inode(&list, round->holders, (uint32_t)inode) < 0)
        return not_found_emit(round, "sock_diag", name, errno, NULL);
    if (list.count == 0)
        return not_found_emit(
            round, "sock_diag", name, 0, "its socket is not listed, and the process may not be examined");
    const struct subject subject = {.holders = round->holders,
        .item = list.items,
        .fd = number,
        .open_flags = open_flags,
        .names = !round->options->numeric,
        .in_full = true};
    subject_report(round, &subject, -1);
    return EXIT_DONE;
}

static int borrowed_report(const struct round *round, int number)
{
    pid_t pid = round->options->filter.pid;
    char text[48];
    const char *name = descriptor_text(round, number, text, sizeof(text));
    uint64_t inode;
    int open_flags = procfs_open_flags(pid, number);
    cleanup_fd int fd = borrow_open(round->sink, pid, number);
    if (fd >= 0)
        return descriptor_report(round, fd, number, open_flags);
    int error = errno;
    if (error == ESRCH || error == EBADF)
        return not_found_emit(round, error == ESRCH ? "pidfd_open" : "pidfd_getfd", name, error, NULL);
    if (procfs_inode(pid, number, &inode) < 0)
        return not_found_emit(round, "pidfd_getfd", name, error, error == EPERM ? NEEDS_RIGHT : NULL);
    return listed_report(round, number, inode, open_flags);
}

static int compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The sockets among a process's descriptors, in their order; NULL without memory. The caller frees it. */
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

/* Whether the process still has that socket: it is not a failure if it was closed between two looks. */
static bool is_there(pid_t pid, int number)
{
    uint64_t inode;
    return procfs_inode(pid, number, &inode) == 0 && inode != 0;
}

int process_report(const struct round *round)
{
    pid_t pid = round->options->filter.pid;
    int status = EXIT_DONE;
    char name[32];
    size_t count;
    if (round->options->fd >= 0)
        return borrowed_report(round, round->options->fd);
    snprintf(name, sizeof(name), "process %d", (int)pid);
    if (procfs_readable(pid) < 0)
        return not_found_emit(round, "/proc", name, errno,
            errno == EACCES   ? NEEDS_RIGHT
            : errno == ENOENT ? "/proc would list its sockets; --fd N shows one"
                              : NULL);
    cleanup_free int *fds = process_sockets(round->holders, pid, &count);
    if (!fds)
        return not_found_emit(round, "malloc", name, errno, NULL);
    if (count == 0)
        return not_found_emit(round, "/proc", name, 0, "it has no sockets");
    for (size_t i = 0; i < count; i++) {
        int one = is_there(pid, fds[i]) ? borrowed_report(round, fds[i]) : EXIT_DONE;
        if (status == EXIT_DONE)
            status = one;
    }
    return status;
}

/* Says what was looked for and not found. Returns buffer. */
static const char *no_socket(const struct socket_filter *filter, char *buffer, size_t size)
{
    const char *family = filter->family == AF_INET ? "IPv4 " : filter->family == AF_INET6 ? "IPv6 " : "";
    const char *protocol = filter->udp && filter->tcp ? "" : filter->udp ? "UDP " : filter->tcp ? "TCP " : "";
    bool several = ports_count(&filter->either_port.ports) > 1;
    snprintf(buffer, size, "no %s%ssocket on this host has %s", family, protocol, several ? "one" : "it");
    return buffer;
}

/* "port 80", or "ports 80,443,8000-8100", cut if there are too many. Returns buffer. */
static const char *ports_text(const struct ports *ports, char *buffer, size_t size)
{
    int used = snprintf(buffer, size, ports_count(ports) > 1 ? "ports" : "port");
    const char *before = " ";
    for (int first = ports_next(ports, 0); first >= 0 && used < (int)size; before = ",") {
        int last = first, next;
        while ((next = ports_next(ports, last + 1)) == last + 1)
            last = next;
        used += snprintf(
            buffer + used, size - (size_t)used, last > first ? "%s%d-%d" : "%s%d", before, first, last);
        first = next;
    }
    return buffer;
}

int port_report(const struct round *round)
{
    const struct socket_filter *filter = &round->options->filter;
    char name[64], text[64];
    ports_text(&filter->either_port.ports, name, sizeof(name));
    cleanup_socklist struct socklist list = {.items = NULL};
    if (socklist_by_filter(&list, round->holders, filter) < 0)
        return not_found_emit(round, "sock_diag", name, errno, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const struct subject subject = {
            .holders = round->holders, .item = &list.items[i], .fd = -1, .open_flags = -1};
        subject_report(round, &subject, -1);
    }
    if (list.count == 0)
        return not_found_emit(round, "sock_diag", name, 0, no_socket(filter, text, sizeof(text)));
    return EXIT_DONE;
}
