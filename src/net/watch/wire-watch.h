/* --wire: the TCP segments of this program's connections, among its calls. */
#ifndef NET_WATCH_WIRE_WATCH_H
#define NET_WATCH_WIRE_WATCH_H

#include "kernel/wire.h"
#include "net/watch/watch.h"

/* One direction of a connection. */
struct wire_flow {
    bool known;     /* base is set */
    uint32_t base;  /* the initial sequence number: what all others are relative to */
    uint32_t next;  /* behind the last byte seen, relative */
    bool finished;  /* FIN was seen */
    bool confirmed; /* and acknowledged */
};

struct wire_connection {
    unsigned conn;
    struct address local,
        peer; /* the local one may be only a port: an attempt that failed has lost its address */
    struct wire_flow out, in;
    bool reset;
};

/* A segment of a connection that is not known yet. */
struct wire_pending {
    struct wire_segment segment;
    int64_t when;
};

struct wire_watch {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct wire *wire; /* owned */
    struct wire_connection *connections;
    size_t count, size;
    struct wire_pending *pending;
    size_t pending_count;
    uint64_t told; /* segments */
    bool broken;   /* the capture failed, which is told: nothing is read any more */
};

/* Becomes an item of watch; takes wire over. 0, or -1 with errno: wire is closed then. */
int wire_watch_begin(
    struct wire_watch *watcher, struct watch_list *watch, struct sink *sink, struct wire *wire);

/* The port of the connections is known: only its segments are captured from now on. Nothing when watcher is
 * NULL, here and below. */
void wire_watch_port(struct wire_watch *watcher, int port);

/* A socket of ours connects, or is connected: its segments are told from now on, and those that came before.
 * errno is kept. */
void wire_watch_add(struct wire_watch *watcher, unsigned conn, int fd, const struct address *peer);

/* Tells the rest, waiting a moment for what the close brings, and ends it. */
void wire_watch_end(struct wire_watch *watcher);

#endif
