/* connect --conns: many connections to one peer at once, of which the states are told and nothing else is
 * done. */
#ifndef NET_CONNECT_CONNS_H
#define NET_CONNECT_CONNS_H

#include "why/failure.h"
#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/socket/target.h"
#include "net/watch/poller.h"

struct conns_plan {
    unsigned count;
    bool hold;      /* go on when all are settled, until all are gone or the user stops it */
    int64_t linger; /* SO_LINGER before close in nanoseconds, 0 resets; -1: not set */
    /* Tells of a connection that failed. */
    void (*failed)(void *data, struct sink *sink, const struct failure *failure);
    void *data;
};

/* One of the connections, numbered from 1. */
struct conn {
    int fd; /* -1: not there (any more) */
    unsigned number;
    size_t target;          /* index of the address that is tried */
    int64_t began, late_at; /* late_at: of watch_now(), when its time is over; INT64_MAX: never */
    struct address local, peer;
    bool connected, again; /* again: a unix backlog was full, try once more on a timer */
    int state, told;       /* TCP state now and as it was told last; -1: none */
    int far, far_told;     /* the state of the other end, where that is on this host and exists; else -1 */
};

struct conns {
    struct sink *sink;
    const struct spec *spec;
    const struct conns_plan *plan;
    struct targets targets, sources;
    struct unix_path path; /* of -s, of the one connection that can have it: removed at the end */
    struct conn *items;    /* plan->count of them */
    struct poller poller;
    size_t open, pending, connected, failed; /* connected: ever */
    int64_t late_at;                         /* the first of those that are pending; INT64_MAX: none */
    int64_t look_at;                         /* when the states are looked at next */
    bool again;                              /* some are to be tried again on a timer */
    bool explained;                          /* why they are still pending was told */
    uint32_t *by_port;                       /* local port -> index + 1 of the connection */
    bool counted;                            /* the counts were told */
    uint64_t sum;                            /* a sum over them, to notice a change */
};

/*
 * Opens plan->count connections as spec says, each to the first of the peer's addresses that takes it, and
 * tells of their states as they change, of both ends where the other is on this host. Over when each is
 * connected or has failed (with plan->hold when all are gone), and then closed. 0, the number of a signal, or
 * -1 with *failure where nothing could begin; failures of single connections go to plan->failed.
 */
int conns_run(
    struct sink *sink, const struct spec *spec, const struct conns_plan *plan, struct failure *failure);

/* conns-states.c: closes a connection that is there. */
void conn_drop(struct conns *conns, struct conn *conn);
/* looks at the states, and tells what has changed. */
void conns_look(struct conns *conns);

#endif
