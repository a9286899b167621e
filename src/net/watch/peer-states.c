/* SPDX-License-Identifier: ISC */
/* Asks the kernel's list of sockets for the other ends of connections; see peer-states.h. */
#include "net/watch/peer-states.h"

#include <stdlib.h>

#include "base/number.h"
#include "kernel/sockdiag/sockdiag.h"

/* After a change, look for the next one soon, then less and less often. */
#define DELAY_FIRST (NS_PER_MS / 2)
#define DELAY_MOST  (100 * NS_PER_MS)

/* False if it can be forgotten: it is gone, was never on this host, or cannot be seen. */
static bool end_look(struct peer_states *states, struct peer_state *end)
{
    struct sockdiag_socket found;
    if (sockdiag_lookup(IPPROTO_TCP, &end->local, &end->peer, 0, &found) <= 0)
        return false;
    if (found.state != end->state) {
        emit_at(states->sink, LEVEL_PICTURE, EVENT_STATE, F_CONN(end->conn), F_ADDRESS("local", &end->local),
            F_ADDRESS("peer", &end->peer), F_STATE("state", found.state), F_TEXT("source", "sock_diag"));
        states->delay = DELAY_FIRST;
    }
    end->state = found.state;
    return true;
}

static void ends_look(struct peer_states *states)
{
    size_t kept = 0;
    for (size_t i = 0; i < states->count; i++)
        if (end_look(states, &states->ends[i]))
            states->ends[kept++] = states->ends[i];
    states->count = kept;
    states->item.due = kept ? clock_now() + states->delay : INT64_MAX;
}

static void states_serve(struct watch_item *item)
{
    struct peer_states *states = item->owner;
    states->delay = 2 * states->delay < DELAY_MOST ? 2 * states->delay : DELAY_MOST;
    ends_look(states);
}

void peer_states_begin(struct peer_states *states, const struct context *context)
{
    *states = (struct peer_states){.watch = context->watch,
        .sink = context->sink,
        .item = {.fd = -1, .due = INT64_MAX, .serve = states_serve, .owner = states}};
    watch_add(context->watch, &states->item);
}

void peer_states_add(
    struct peer_states *states, unsigned conn, const struct address *local, const struct address *peer)
{
    bool is_inet = peer->sa.sa_family == AF_INET || peer->sa.sa_family == AF_INET6;
    if (!states || states->count == PEER_STATES_MOST || !is_inet || !local->length)
        return;
    if (!states->ends && !(states->ends = calloc(PEER_STATES_MOST, sizeof(*states->ends))))
        return;
    states->ends[states->count++] =
        (struct peer_state){.conn = conn, .local = *peer, .peer = *local, .state = -1};
    states->delay = DELAY_FIRST;
    ends_look(states);
}

void peer_states_end(struct peer_states *states)
{
    if (!states->watch)
        return;
    ends_look(states);
    watch_remove(states->watch, &states->item);
    free(states->ends);
    *states = (struct peer_states){.watch = NULL};
}
