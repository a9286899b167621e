/* SPDX-License-Identifier: ISC */
/* --wire: the TCP segments of this program's connections, among its calls. */
#ifndef NET_WATCH_WIRE_WATCH_H
#define NET_WATCH_WIRE_WATCH_H

#include "kernel/wire.h"
#include "net/watch/watch.h"

/* One direction of a connection. */
struct wire_flow {
    bool known;     /* base is valid */
    uint32_t base;  /* the initial sequence number, to which all others are relative */
    uint32_t next;  /* relative, after the last byte seen */
    bool finished;  /* FIN was seen */
    bool confirmed; /* and was acknowledged */
};

struct wire_connection {
    unsigned conn;
    struct address local, peer; /* the local one may be only a port: a failed attempt has lost its address */
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
    size_t count;
    struct wire_pending *pending;
    size_t pending_count;
    uint64_t emitted; /* number of segments reported */
    bool broken;      /* the capture failed, which has been reported; it is not read any more */
};

/* Becomes an item of watch; takes ownership of wire. 0, or -1 with errno and wire closed. */
int wire_watch_begin(
    struct wire_watch *watcher, struct watch_list *watch, struct sink *sink, struct wire *wire);

/* Sets the port of the connections: only its segments are captured from now on. Does nothing if watcher is
 * NULL; the same holds below. */
void wire_watch_port(struct wire_watch *watcher, int port);

/* A socket of ours connects or is connected: reports its segments, past ones included. Keeps errno. */
void wire_watch_add(struct wire_watch *watcher, unsigned conn, int fd, const struct address *peer);

/* Reports the rest, waiting a moment for the segments of the close, and ends the capture. */
void wire_watch_end(struct wire_watch *watcher);

#endif
