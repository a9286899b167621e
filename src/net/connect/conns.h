/* SPDX-License-Identifier: ISC */
/* connect --conns: opens many connections to one peer at once and reports their states; moves no data. */
#ifndef NET_CONNECT_CONNS_H
#define NET_CONNECT_CONNS_H

#include "why/failure.h"
#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/socket/target.h"
#include "net/watch/poller.h"
#include "net/watch/context.h"
#include "net/watch/times.h"

struct conns_plan {
    unsigned count;
    bool hold;      /* after all are settled, go on until all are gone or the user stops it */
    int64_t linger; /* SO_LINGER before close in nanoseconds, 0 resets; -1: not set */
    /* Reports a connection that failed. */
    void (*failed)(void *data, struct sink *sink, const struct failure *failure);
    void *data;
};

/* One of the connections, numbered from 1. */
struct conn {
    int fd; /* -1: not open */
    unsigned number;
    size_t target;          /* index of the address being tried */
    int64_t began, late_at; /* late_at: the deadline, on the clock of watch_now(); INT64_MAX: none */
    struct address local, peer;
    struct timing timing;  /* if it connected */
    bool connected, again; /* again: the unix backlog was full; retry on a timer */
    int state, emitted;    /* TCP state now and as last reported; -1: none */
    int far, far_emitted;  /* state of the other end if it exists on this host; else -1 */
};

struct conns {
    const struct context *context;
    struct sink *sink;
    const struct spec *spec;
    const struct conns_plan *plan;
    struct targets targets, sources; /* borrowed */
    struct unix_path path; /* made by -s for the only connection that can have it; removed at the end */
    struct conn *items;    /* plan->count of them */
    struct poller poller;
    size_t open, pending, connected, failed; /* connected: ever connected */
    int64_t late_at;                         /* the earliest deadline of the pending ones; INT64_MAX: none */
    int64_t look_at;                         /* when to look at the states next */
    bool again;                              /* some are to be retried on a timer */
    bool explained;                          /* the reason why they are pending has been reported */
    struct times times;                      /* what they share: the lookup */
    uint32_t *by_port;                       /* local port -> index + 1 of the connection */
    bool counted;                            /* the counts have been reported */
    uint64_t sum;                            /* checksum of the counts, to notice a change */
};

/*
 * Opens plan->count connections as spec says, each to the first of the peer's addresses that accepts it, and
 * reports their states as they change; of both ends if the other end is on this host. Returns when each has
 * connected or failed (with plan->hold, when all are gone), and closes them. 0, the number of a signal, or -1
 * with *failure if it could not begin; failures of single connections go to plan->failed.
 */
int conns_run(const struct context *context, const struct spec *spec, const struct conns_plan *plan,
    struct failure *failure);

/* conns-states.c: emits where its time went. */
void conn_times_emit(struct conns *conns, const struct conn *conn);
/* closes an open connection. */
void conn_drop(struct conns *conns, struct conn *conn);
/* reads the states, and reports what has changed. */
void conns_look(struct conns *conns);

#endif
