/* SPDX-License-Identifier: ISC */
/* --drops: reports what this host drops and the RSTs that it sends, with the kernel's reasons, and keeps what
 * belongs to a failure. */
#ifndef NET_WATCH_DROP_WATCH_H
#define NET_WATCH_DROP_WATCH_H

#include "kernel/trace/drops.h"
#include "net/watch/context.h"
#include "why/failure.h"

/* Drops that may still turn out to be ours: TCP says what it sends again only after it has sent it. */
#define DROPS_RECENT   64
#define DROPS_SEGMENTS 16
#define DROPS_KEPT     32

/* What is reported: nothing, what is ours, or every drop of the host. */
enum drops_shown { DROPS_NONE, DROPS_OURS, DROPS_ALL };

/* A drop whose packet was this program's own, or one of the port's. */
struct kept_drop {
    struct drop drop;
    bool certain; /* local and peer of the drop are those of its connection */
};

struct drop_watch {
    struct watch_item item;
    const struct context *context;
    struct sink *sink;
    struct tracefs tracefs;
    enum drops_shown shown;
    int port;      /* whose RSTs and segments are ours; 0: not known yet, or with DROPS_ALL: any */
    int thread;    /* this one, in the initial PID namespace; -1: not known yet */
    uint64_t most; /* over after so many reports; 0: never */
    uint64_t reported, lost;
    bool over;
    struct drop recent[DROPS_RECENT], segments[DROPS_SEGMENTS], resets[DROPS_SEGMENTS];
    unsigned recent_next, segment_next, reset_next;
    struct kept_drop kept[DROPS_KEPT];
    unsigned kept_next;
};

/* Begins it; the context must live as long. NULL with errno. */
struct drop_watch *drop_watch_begin(const struct context *context, int port, enum drops_shown shown);

/* Reports what arrives within a moment, ends the trace and sets *drops to NULL; nothing if that is NULL. */
void drop_watch_end(struct drop_watch **drops);

/* A connect has an end: the memory of its SYN is that of others now. */
void drop_watch_forget(struct drop_watch *drops);

/* Notes in the failure what was dropped of it, and the RST that it was answered with. Keeps errno. */
void drop_watch_note(struct drop_watch *drops, struct failure *failure);

#endif
