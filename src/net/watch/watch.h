/* SPDX-License-Identifier: ISC */
/*
 * How every loop waits: what it serves besides its own descriptors, and the clock of its limits.
 *
 * An observer has a descriptor and a timer of its own; a loop that waits through these functions serves them
 * all.
 *
 * A limit is about the peer, so its clock runs only while the loop looks at the peer: it stands still while
 * the process is stopped, starved, or blocked by its own output. A limit has expired only if a wait that
 * began after it has shown everything that was ready, so that what came in time is served first.
 */
#ifndef NET_WATCH_WATCH_H
#define NET_WATCH_WATCH_H

#include "call/call.h"

/* The most observers with a descriptor at the same time. */
#define WATCH_MOST 8

struct context; /* has the list that a wait serves; see context.h */

struct watch_item {
    int fd;      /* served when it is readable; -1: none */
    int64_t due; /* served from this clock_now() on; INT64_MAX: never */
    /* Does its work and sets fd and due again; may remove itself or others from the watch. */
    void (*serve)(struct watch_item *item);
    void *owner; /* for serve() alone */
    struct watch_item *next;
};

/* Empty when zeroed. */
struct watch_list {
    struct watch_item *first;
    int64_t ticked; /* clock_now() at the last reading */
    int64_t absent; /* time that does not count */
    int64_t looked; /* watch_now() at the last wait that has shown everything that was ready */
};

void watch_add(struct watch_list *watch, struct watch_item *item);
/* Does nothing if the item is not in the list. */
void watch_remove(struct watch_list *watch, struct watch_item *item);

/* Serves what is ready, without waiting. */
void watch_look(const struct context *context);

/* The clock of limits, in nanoseconds. It only moves forward, and never faster than clock_now(). */
int64_t watch_now(struct watch_list *watch);

/* Whether a limit (a time of watch_now(); INT64_MAX: never) has expired. Ask only this, and after serving
 * what the last wait has shown. */
bool watch_over(const struct watch_list *watch, int64_t limit);

/* Counts all the time since watch_now(), however long: a call has waited for the peer by itself. */
void watch_waited(struct watch_list *watch);

/* As call_poll(), until a time of watch_now() (INT64_MAX: no limit), serving the watch meanwhile. Also
 * returns 0 if something was served before that time: ask watch_over(). */
int watch_poll(
    const struct context *context, enum event_kind kind, struct pollfd *fds, nfds_t count, int64_t until);

/* As call_epoll_wait() and call_select(), in the same way. */
int watch_epoll_wait(
    const struct context *context, int epoll, struct epoll_event *events, int count, int64_t until);
int watch_select(
    const struct context *context, int count, fd_set *readable, fd_set *exceptional, int64_t until);

#endif
