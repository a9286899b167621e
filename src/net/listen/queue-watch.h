/* Watches the queues of a listening socket and tells of each change: listen's --watch and --no-accept. */
#ifndef NET_LISTEN_QUEUE_WATCH_H
#define NET_LISTEN_QUEUE_WATCH_H

#include "kernel/queue.h"
#include "net/listen/serve.h"

/* More connections than this are counted, but not told one by one. */
#define QUEUE_TOLD_MOST 512

/* A connection that was not accepted yet. */
struct queue_entry {
    uint64_t cookie;
    struct address local, peer;
    int state;
    unsigned seen; /* the reading that it was last seen in */
};

struct queue_watch {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    const struct server *server;
    int64_t interval;
    int arrivals;               /* an epoll instance that wakes at each connection that arrives; owned */
    int64_t read_at;            /* of the last reading */
    struct queue_counts base;   /* before it began to listen: what the counters are told against */
    struct queue_counts before; /* as it was told last */
    bool told;                  /* something was told */
    bool full;                  /* that the queue is full was told */
    struct queue_entry *entries;
    size_t count, size;
    unsigned reading;
};

/* To be called before listen(2): what overflows from then on is counted. */
void queue_watch_prepare(struct queue_watch *queue);

/*
 * Begins to watch the queues of server, with a queue that was prepared: emits `limits` (the sysctls), `queue`
 * now and whenever something has changed, `state` for each connection that waits and each handshake. A
 * connection that arrives is seen at once, all else is looked for every interval (ns). Until
 * queue_watch_end() it is an item of watch. 0, or -1 with errno; nothing is to be undone then.
 */
int queue_watch_begin(struct queue_watch *queue, struct watch_list *watch, struct sink *sink,
    const struct server *server, int64_t interval);

/* Looks once more, and ends it. Nothing when it was never begun (zeroed or only prepared) or has ended. */
void queue_watch_end(struct queue_watch *queue);

#endif
