/* SPDX-License-Identifier: ISC */
/* What this host lost while an answer was waited for: which counters of lost packets moved, and with --drops
 * what the tracepoints say. The first look at the counters costs 0.1 ms, so it is taken only once nothing has
 * come for a while; what the first SYN moved at once is not in it. */
#ifndef NET_WATCH_MOVED_H
#define NET_WATCH_MOVED_H

#include "net/watch/drop-watch.h"
#include "why/failure.h"

struct moved {
    struct watch_item item;
    struct watch_list *watch; /* that has the item; NULL: none */
    struct counters before;
    struct drop_watch *drops; /* NULL: not traced */
    bool by_itself;           /* a wait that lasts is traced, without --drops */
    const struct context *context;
    int port;         /* to be traced; 0: none */
    int64_t trace_at; /* clock_now() */
};

/* A wait for what comes through a network begins, and ends. Between them the first look is taken, if it has
 * not been. port: of the peer, to be traced if that is done without being asked for; 0: not in any case. Do
 * nothing if a failure will not be explained. */
void moved_wait(const struct context *context, int port);
void moved_wait_end(const struct context *context);

/* --drops: takes the first look now, before anything is sent, and begins tracing; see drop_watch_begin(). 0,
 * or -1 with errno. */
int moved_trace(const struct context *context, int port, enum drops_shown shown);

/* Sets the port whose packets are traced, now that it is known. */
void moved_port(const struct context *context, int port);

/* Notes in the failure what was dropped of it and, if nothing came, what moved since the first look. Keeps
 * errno. */
void moved_note(const struct context *context, struct failure *failure);

/* Ends the trace, if there is one. */
void moved_end(struct moved *moved);

#endif
