/* SPDX-License-Identifier: ISC */
/* The TCP states of the other ends that are on this host, seen through sock_diag; only for a picture. */
#ifndef NET_WATCH_PEER_STATES_H
#define NET_WATCH_PEER_STATES_H

#include "net/watch/context.h"

/* So many connections are followed at a time. */
#define PEER_STATES_MOST 16

struct peer_state {
    unsigned conn;
    struct address local, peer; /* as the other end sees them */
    int state;                  /* as last reported; -1: none yet */
};

struct peer_states {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct peer_state *ends; /* owned; PEER_STATES_MOST, NULL until there is one */
    size_t count;
    int64_t delay; /* until the next look */
};

/* Becomes an item of the context's watch. */
void peer_states_begin(struct peer_states *states, const struct context *context);

/* Reports `state` of the other end of a connection now and whenever it is seen to have changed, until it is
 * gone. Does nothing if states is NULL, if it is not TCP, or if there are too many. */
void peer_states_add(
    struct peer_states *states, unsigned conn, const struct address *local, const struct address *peer);

/* Looks once more, and ends it. Does nothing if it never began (zeroed). */
void peer_states_end(struct peer_states *states);

#endif
