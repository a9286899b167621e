/*
 * How every loop waits: what it serves beside its own descriptors, and the clock by which it judges limits.
 *
 * An observer is a descriptor and a timer of its own; a loop that waits through the functions here serves
 * them all.
 *
 * A limit is about the peer, so its clock runs only while the loop looks at the peer: it stands still while
 * the process is stopped, starved, or blocked by its own output. And a limit is over only when a wait that
 * began after it has shown all that was ready, so that what came in time is served first.
 */
#ifndef NET_WATCH_WATCH_H
#define NET_WATCH_WATCH_H

#include "call/call.h"

/* At most so many at once have a descriptor. */
#define WATCH_MOST 8

struct watch_item {
    int fd;      /* served when it is readable; -1: none */
    int64_t due; /* served from this clock_now() on; INT64_MAX: never */
    /* Does its work and sets fd and due anew; it may take itself or others off the watch. */
    void (*serve)(struct watch_item *item);
    void *owner; /* serve()'s own */
    struct watch_item *next;
};

/* Empty when zeroed. */
struct watch_list {
    struct watch_item *first;
    int64_t ticked; /* clock_now() when it was read last */
    int64_t absent; /* time that does not count */
    int64_t looked; /* watch_now() of the last wait that has shown all that was ready */
};

void watch_add(struct watch_list *watch, struct watch_item *item);
/* Nothing when it is not there. */
void watch_remove(struct watch_list *watch, struct watch_item *item);

/* Serves those that are ready now, without waiting. */
void watch_look(struct watch_list *watch, struct sink *sink);

/* The clock of limits, in nanoseconds. It only moves forward, and slower than clock_now(). */
int64_t watch_now(struct watch_list *watch);

/* Whether a limit (a time of watch_now(); INT64_MAX: never) is over. To be asked after what the last wait has
 * shown was served, and by nothing but this. */
bool watch_over(const struct watch_list *watch, int64_t limit);

/* What has passed since watch_now() counts, however long it was: a call has waited for the peer by itself. */
void watch_waited(struct watch_list *watch);

/* As call_poll() until a time of watch_now() (INT64_MAX: for ever), and serves the watch meanwhile. 0 also
 * when something was served before the time was over: ask watch_over(). */
int watch_poll(struct watch_list *watch, struct sink *sink, enum event_kind kind, struct pollfd *fds,
    nfds_t count, int64_t until);

/* As call_epoll_wait() and call_select(), in the same way. */
int watch_epoll_wait(struct watch_list *watch, struct sink *sink, int epoll, struct epoll_event *events,
    int count, int64_t until);
int watch_select(struct watch_list *watch, struct sink *sink, int count, fd_set *readable,
    fd_set *exceptional, int64_t until);

#endif
