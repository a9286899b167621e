/* SPDX-License-Identifier: ISC */
/* The queues of a listening socket. */
#include "kernel/queue.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"

/* A connection may arrive between two questions, which are repeated until they agree, at most this often. */
#define READS_MOST 3

struct tally {
    const struct address *local;
    struct queue_counts *counts;
    int64_t waiting;
    sockdiag_visit *visit;
    void *data;
};

static bool same_host(const struct address *listener, const struct address *connection)
{
    struct address one = *connection;
    if (address_is_wildcard(listener))
        return true;
    address_set_port(&one, address_port(listener));
    return address_equal(&one, listener);
}

static int connection_count(const struct sockdiag_socket *socket, void *data)
{
    struct tally *tally = data;
    if (!same_host(tally->local, &socket->local) || socket->peer.length == 0)
        return 0;
    bool handshake = socket->state == TCP_SYN_RECV;
    /* An owned socket without inode waits in the queue: see sockdiag_is_owned(). */
    bool waiting = !handshake && socket->inode == 0 && sockdiag_is_owned(socket);
    tally->counts->established += socket->state == TCP_ESTABLISHED;
    tally->counts->syn_recv += handshake;
    tally->counts->close_wait += waiting && socket->state == TCP_CLOSE_WAIT;
    tally->waiting += waiting;
    return tally->visit && (handshake || waiting) ? tally->visit(socket, tally->data) : 0;
}

static int states_read(int fd, struct tally *tally, const struct tcpinfo *before)
{
    struct queue_counts *counts = tally->counts;
    struct sockdiag_query query = {.family = tally->local->sa.sa_family,
        .protocol = IPPROTO_TCP,
        .port = address_port(tally->local),
        .states = SOCKDIAG_ANY_STATE & ~SOCKDIAG_STATE(TCP_LISTEN)};
    struct tcpinfo after;
    counts->established = counts->syn_recv = counts->close_wait = tally->waiting = 0;
    if (sockdiag_each(&query, connection_count, tally) < 0 || tcpinfo_read(fd, &after) < 0)
        return -1;
    counts->reset = counts->length > tally->waiting ? counts->length - tally->waiting : 0;
    return after.is.tcpi_unacked == before->is.tcpi_unacked;
}

/* Finds a unix socket in the kernel's list. 0, or -1 with errno. */
static int unix_find(int fd, struct sockdiag_socket *found)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -1;
    struct sockdiag_query query = {.family = AF_UNIX, .inode = (uint32_t)status.st_ino};
    int result = sockdiag_find(&query, found);
    if (result == 0)
        errno = ENOENT;
    return result == 1 ? 0 : -1;
}

static int unix_read(int fd, struct queue_counts *counts)
{
    struct sockdiag_socket found;
    if (unix_find(fd, &found) < 0)
        return -1;
    counts->length = found.receive_queue;
    counts->limit = found.send_queue;
    return 0;
}

void queue_made(int fd, const struct address *local, int *state, int *limit)
{
    struct tcpinfo info;
    struct sockdiag_socket found;
    *state = *limit = -1;
    if (local->sa.sa_family == AF_UNIX && unix_find(fd, &found) == 0) {
        *state = found.state;
        *limit = (int)found.send_queue;
    } else if (local->sa.sa_family != AF_UNIX && tcpinfo_read(fd, &info) == 0) {
        *state = info.is.tcpi_state;
        *limit = (int)info.is.tcpi_sacked;
    }
}

void queue_counters_read(struct queue_counts *counts)
{
    struct procfs_counter counters[] = {{.name = "TcpExt.ListenOverflows"}, {.name = "TcpExt.ListenDrops"},
        {.name = "TcpExt.SyncookiesSent"}};
    counts->has_counters = procfs_counters(counters, array_size(counters)) == (int)array_size(counters);
    counts->overflows = counters[0].value;
    counts->drops = counters[1].value;
    counts->cookies = counters[2].value;
}

int queue_read(
    int fd, const struct address *local, struct queue_counts *counts, sockdiag_visit *visit, void *data)
{
    struct tally tally = {.local = local, .counts = counts, .visit = visit, .data = data};
    struct tcpinfo info;
    *counts = (struct queue_counts){.length = 0};
    if (local->sa.sa_family == AF_UNIX)
        return unix_read(fd, counts);
    for (int reads = 1;; reads++) {
        if (tcpinfo_read(fd, &info) < 0)
            return -1;
        counts->length = info.is.tcpi_unacked;
        counts->limit = info.is.tcpi_sacked;
        int agreed = states_read(fd, &tally, &info);
        if (agreed < 0)
            return -1;
        if (agreed || reads == READS_MOST)
            break;
    }
    counts->has_states = true;
    queue_counters_read(counts);
    return 0;
}
