/* SPDX-License-Identifier: ISC */
/* Looks at the host for --check; judges nothing. */
#include "check/host.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* A process with fewer sockets has other reasons to run out of descriptors. */
#define PROCESS_SOCKETS 16

static int socket_keep(const struct sockdiag_socket *socket, void *data)
{
    struct look *look = data;
    struct sockdiag_socket *sockets = array_room(look->sockets, look->count, sizeof(*sockets));
    if (!sockets)
        return -1;
    look->sockets = sockets;
    sockets[look->count++] = *socket;
    return 0;
}

int look_take(struct look *look, const struct socket_filter *filter)
{
    struct procfs_counter counters[LOOK_COUNTERS] = {
        [COUNTER_COOKIES] = {.name = "TcpExt.SyncookiesSent"},
    };
    *look = (struct look){.sockets = NULL};
    procfs_counters(counters, LOOK_COUNTERS);
    for (size_t i = 0; i < LOOK_COUNTERS; i++)
        look->counters[i] = counters[i].found ? counters[i].value : -1;
    return filter_each(filter, true, socket_keep, look);
}

static int compare_cookies(const void *a, const void *b)
{
    const struct sockdiag_socket *x = a, *y = b;
    return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

int host_pair(struct host *host, const struct socket_filter *filter)
{
    struct look *before = &host->before, *after = &host->after;
    host->sockets = calloc(after->count + 1, sizeof(*host->sockets));
    if (!host->sockets)
        return -1;
    host->holders.refreshed = true; /* once is enough, and pointers into it stay valid */
    if (before->count > 0)
        qsort(before->sockets, before->count, sizeof(*before->sockets), compare_cookies);
    for (size_t i = 0; i < after->count; i++) {
        const struct sockdiag_socket *now = &after->sockets[i];
        size_t count;
        const struct procfs_holder *holder = holders_find(&host->holders, now->inode, &count);
        if (!filter_wants_holder(filter, holder, count))
            continue;
        host->hidden += !holder && now->inode != 0;
        host->sockets[host->count++] = (struct checked){.now = now,
            .then = before->count == 0
                        ? NULL
                        : bsearch(now, before->sockets, before->count, sizeof(*now), compare_cookies),
            .holder = holder};
    }
    return 0;
}

/* One value of a sysctl, the others being read over. */
static int64_t sysctl_value(const char *name, int index)
{
    int64_t values[3];
    return procfs_sysctl(name, values, 3) > index ? values[index] : -1;
}

static void limits_read(struct host_limits *limits)
{
    *limits = (struct host_limits){
        .somaxconn = sysctl_value("net.core.somaxconn", 0),
        .first_port = sysctl_value("net.ipv4.ip_local_port_range", 0),
        .last_port = sysctl_value("net.ipv4.ip_local_port_range", 1),
        .tw_reuse = sysctl_value("net.ipv4.tcp_tw_reuse", 0),
        .tw_buckets = sysctl_value("net.ipv4.tcp_max_tw_buckets", 0),
        .orphans = sysctl_value("net.ipv4.tcp_max_orphans", 0),
        .tcp_pressure = sysctl_value("net.ipv4.tcp_mem", 1),
        .udp_pressure = sysctl_value("net.ipv4.udp_mem", 1),
    };
}

static int compare_pids(const void *a, const void *b)
{
    const struct procfs_holder *x = ((const struct host_process *)a)->holder;
    const struct procfs_holder *y = ((const struct host_process *)b)->holder;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

/* The processes with many sockets, among those that the filter wants. Without memory there are none. */
static int processes_read(struct host *host, const struct socket_filter *filter)
{
    const struct holders *holders = &host->holders;
    struct host_process *all = calloc(holders->count + 1, sizeof(*all));
    size_t count = 0;
    if (!all)
        return -1;
    for (size_t i = 0; i < holders->count; i++)
        if (filter_wants_holder(filter, &holders->items[i], 1))
            all[count++] = (struct host_process){.holder = &holders->items[i]};
    if (count > 0)
        qsort(all, count, sizeof(*all), compare_pids);
    for (size_t i = 0, end; i < count; i = end) {
        struct host_process process = all[i];
        for (end = i; end < count && all[end].holder->pid == all[i].holder->pid; end++)
            process.sockets++;
        if (process.sockets >= PROCESS_SOCKETS &&
            procfs_process_descriptors(process.holder->pid, &process.open, &process.limit) == 0)
            all[host->processes_count++] = process;
    }
    host->processes = all;
    return 0;
}

static bool filter_is_empty(const struct socket_filter *filter)
{
    return !filter->tcp && !filter->udp && filter->family == 0 && filter->states == 0 && !filter->listening &&
           !filter->either_port.given && !filter->local_port.given && !filter->peer_port.given &&
           filter->local_prefix.count == 0 && filter->peer_prefix.count == 0 && filter->interface == 0 &&
           filter->uid < 0 && !filter_needs_holder(filter);
}

/* What was closed between the look and the walk over all processes has no holder any more, and lacks none. */
static void closed_drop(struct host *host)
{
    struct sockdiag_socket found;
    for (size_t i = 0; i < host->count; i++) {
        struct checked *socket = &host->sockets[i];
        const struct sockdiag_socket *now = socket->now;
        if (!socket->holder && now->inode != 0 && now->peer.length > 0 && now->receive_queue > 0 &&
            (sockdiag_lookup(now->protocol, &now->local, &now->peer, now->cookie, &found) != 1 ||
                found.inode != now->inode))
            socket->then = NULL;
    }
}

int host_finish(struct host *host, const struct socket_filter *filter)
{
    host->is_whole = filter_is_empty(filter);
    limits_read(&host->limits);
    procfs_sockstat(&host->memory);
    if (holders_read(&host->holders, 0) < 0 || host_pair(host, filter) < 0)
        return -1;
    if (host->holders.complete)
        closed_drop(host);
    return processes_read(host, filter);
}

void host_free(struct host *host)
{
    free(host->before.sockets);
    free(host->after.sockets);
    free(host->sockets);
    free(host->processes);
    holders_free(&host->holders);
}
