/* SPDX-License-Identifier: ISC */
/* --follow: the states of connections in the kernel, from their beginning until nothing is left of them, long
 * after close(). */
#ifndef NET_WATCH_FOLLOW_H
#define NET_WATCH_FOLLOW_H

#include "kernel/sockdiag/sockdiag.h"
#include "net/watch/connection.h"
#include "net/watch/context.h"

/* One connection, identified by its cookie: its descriptor and program may be gone. */
struct followed {
    uint64_t cookie;
    unsigned conn;
    struct address local, peer;
    int state;       /* as last reported */
    bool ends;       /* the time left in that state has been reported */
    bool fin;        /* the peer's FIN has come, which the kernel counts as a byte */
    bool destroyed;  /* the end of its socket has been reported; a TIME_WAIT may remain */
    int64_t gone_at; /* when nothing was left of it in the kernel; 0: not yet */
};

struct follow {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct followed *connections;
    size_t count;
    int64_t delay; /* until the next look */
};

/* Becomes an item of watch. Without the privilege to see destroyed sockets, only their last counters are
 * missing. */
void follow_begin(struct follow *follow, const struct context *context);

/* Follows the connection of a TCP socket from now on; emits `state` at each change, and `destroyed` with its
 * last counters. 0, or -1 with errno. */
int follow_add(struct follow *follow, const struct connection *connection);

/* The peer's FIN has been received on a connection. */
void follow_eof(struct follow *follow, unsigned conn);

/* Call it after an action that changes states: looks at once and often. */
void follow_nudge(struct follow *follow);

/* Whether any connection is still there. */
bool follow_busy(const struct follow *follow);

void follow_end(struct follow *follow);

#endif
