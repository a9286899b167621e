/*
 * What a loop serves beside its own descriptors: an observer is a descriptor and a timer of its own. A loop
 * that waits through watch_poll() or watch_epoll_wait() serves them all; without any these are call_poll()
 * and call_epoll_wait().
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

/* Zeroed it is empty. */
struct watch_list {
    struct watch_item *first;
};

void watch_add(struct watch_list *watch, struct watch_item *item);
/* Nothing when it is not there. */
void watch_remove(struct watch_list *watch, struct watch_item *item);

/* Serves those that are ready now; for one who waits by other means. watch may be NULL. */
void watch_look(struct watch_list *watch, struct sink *sink);

/* As call_poll(), and serves the watch (NULL: none) meanwhile. 0 also when something was served before the
 * time was over: whoever waits for a time looks at the clock again. At most WATCH_POLL_MOST descriptors. */
#define WATCH_POLL_MOST 96
int watch_poll(struct watch_list *watch, struct sink *sink, enum event_kind kind, struct pollfd *fds,
    nfds_t count, int64_t timeout);

/* As call_epoll_wait(), in the same way. */
int watch_epoll_wait(struct watch_list *watch, struct sink *sink, int epoll, struct epoll_event *events,
    int count, int64_t timeout);

#endif
