/* SPDX-License-Identifier: ISC */
/* Watches the queues of a listening socket and reports each change: listen's --watch and --no-accept. */
#ifndef NET_LISTEN_QUEUE_WATCH_H
#define NET_LISTEN_QUEUE_WATCH_H

#include "kernel/queue.h"
#include "net/listen/serve.h"
#include "net/watch/context.h"

/* Further connections are counted, but not reported one by one. */
#define QUEUE_SHOWN_MOST 512

/* A connection that has not been accepted yet. */
struct queue_entry {
    uint64_t cookie;
    struct address local, peer;
    int state;
    unsigned seen; /* the last reading that had it */
};

struct queue_watch {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    const struct server *server;
    int64_t interval;
    int arrivals;               /* an epoll instance that wakes at each new connection; owned */
    int64_t read_at;            /* time of the last reading */
    struct queue_counts base;   /* before listen(2): reported counts are relative to it */
    struct queue_counts before; /* as last reported */
    bool emitted;               /* something has been reported */
    bool full;                  /* reported that the queue is full */
    struct queue_entry *entries;
    size_t count;
    unsigned reading;
};

/* Call it before listen(2): overflows are counted from then on. */
void queue_watch_prepare(struct queue_watch *queue);

/*
 * Begins to watch the queues of server, with a prepared queue: emits `limits` (the sysctls), `queue` now and
 * at each change, `state` for each waiting connection and each handshake. New connections are noticed at
 * once, everything else once every interval (ns). It is an item of watch until queue_watch_end(). 0, or -1
 * with errno; then there is nothing to undo.
 */
int queue_watch_begin(
    struct queue_watch *queue, const struct context *context, const struct server *server, int64_t interval);

/* Looks once more, and ends the watching. Does nothing if it never began or has ended. */
void queue_watch_end(struct queue_watch *queue);

#endif
