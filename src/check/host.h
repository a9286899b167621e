/* SPDX-License-Identifier: ISC */
/* What --check judges: two looks at the sockets of a host, its limits, and its processes. */
#ifndef CHECK_HOST_H
#define CHECK_HOST_H

#include "kernel/procfs-host.h"
#include "kernel/sockdiag/filter.h"
#include "kernel/sockdiag/holders.h"

/* Counters that must not move between the looks. */
enum look_counter { COUNTER_COOKIES, LOOK_COUNTERS };

struct look {
    struct sockdiag_socket *sockets;
    size_t count;
    int64_t counters[LOOK_COUNTERS]; /* -1: not known */
};

/* By sysctl; -1: not known here, such as the limits of the whole system in a network namespace. */
struct host_limits {
    int64_t somaxconn, first_port, last_port, tw_reuse, tw_buckets, orphans, tcp_pressure, udp_pressure;
};

/* A socket of the second look. */
struct checked {
    const struct sockdiag_socket *now, *then; /* then: NULL if the first look did not see it */
    const struct procfs_holder *holder;       /* one of its holders; NULL: none is visible */
};

/* A process with many sockets. */
struct host_process {
    const struct procfs_holder *holder; /* one of its sockets */
    uint64_t sockets, open, limit;      /* descriptors */
};

struct host {
    struct look before, after;
    struct checked *sockets; /* of the look after, those that the filter wants */
    size_t count;
    struct holders holders;
    struct host_process *processes;
    size_t processes_count;
    struct host_limits limits;
    struct procfs_sockstat memory;
    uint64_t hidden; /* sockets that a process holds which is not visible */
    bool is_whole;   /* nothing was filtered out */
};

/* Takes one look. 0, or -1 with errno. */
int look_take(struct look *look, const struct socket_filter *filter);

/* After both looks: reads holders, limits and processes, and pairs the sockets. 0, or -1 with errno. */
int host_finish(struct host *host, const struct socket_filter *filter);

/* Pairs the sockets of both looks with each other and with their holders. 0, or -1 with errno. */
int host_pair(struct host *host, const struct socket_filter *filter);

void host_free(struct host *host);

#endif
