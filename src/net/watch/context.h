/* SPDX-License-Identifier: ISC */
/* What surrounds the work on a socket: where events go, how the user stops it, what observes it. */
#ifndef NET_WATCH_CONTEXT_H
#define NET_WATCH_CONTEXT_H

#include <stdint.h>

#include "net/watch/watch.h"

struct follow;
struct moved;
struct peer_states;
struct stamps;
struct wire_watch;

/* The bytes that all conversations have moved. */
struct totals {
    uint64_t sent, received;
};

/* Made once, by a command, and only read by those that it is passed down to. All is borrowed. */
struct context {
    struct sink *sink;
    int stop_fd;               /* readable when the user wants to stop (a signalfd); -1: none */
    struct watch_list *watch;  /* served in every wait; has the clock of the limits */
    struct wire_watch *wires;  /* where connections are registered for --wire; NULL: nowhere */
    struct follow *follow;     /* follows each conversation; NULL: not followed */
    struct peer_states *peers; /* has the states of the other ends for a picture; NULL: none is drawn */
    struct moved *moved;       /* what a wait in vain has moved; NULL: not looked at */
    struct stamps *stamps;     /* of --timestamps; NULL: what the kernel says is shown as it is */
    struct totals *totals;     /* counts the bytes of all conversations; NULL: not counted */
};

#endif
