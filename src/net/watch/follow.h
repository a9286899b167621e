/* --follow: the states of connections in the kernel, from their beginning to long after close(), until they
 * are gone. */
#ifndef NET_WATCH_FOLLOW_H
#define NET_WATCH_FOLLOW_H

#include "kernel/sockdiag.h"
#include "net/watch/watch.h"

/* One connection, found again by its cookie: descriptor and program do not matter. */
struct followed {
    uint64_t cookie;
    unsigned conn;
    struct address local, peer;
    int state;       /* as told last */
    bool ends;       /* the time left of that state was told */
    bool destroyed;  /* its socket is no more, which was told; a TIME_WAIT may still be there */
    int64_t gone_at; /* when the kernel had nothing left of it; 0: not yet */
};

struct follow {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct followed *connections;
    size_t count, size;
    int64_t delay; /* until the next look */
};

/* Becomes an item of watch. Without the right to hear of destroyed sockets only their last counters are
 * missing. */
void follow_begin(struct follow *follow, struct watch_list *watch, struct sink *sink);

/* Follows the connection of a TCP socket from now on; emits `state` whenever it has changed, and `destroyed`
 * with its last counters. 0, or -1 with errno. */
int follow_add(
    struct follow *follow, int fd, unsigned conn, const struct address *local, const struct address *peer);

/* Something was done that moves states: looks at once and often. */
void follow_nudge(struct follow *follow);

/* Whether any is still there. */
bool follow_busy(const struct follow *follow);

void follow_end(struct follow *follow);

#endif
