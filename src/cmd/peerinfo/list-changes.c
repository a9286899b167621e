/* SPDX-License-Identifier: ISC */
/* What happened to the sockets of the list between two looks. */
#include "base/number.h"
#include "cmd/peerinfo/list.h"

static unsigned tries(const struct sockdiag_socket *socket)
{
    return socket->timer == SOCKDIAG_TIMER_RETRANSMIT ? socket->retransmits : 0;
}

static bool is_same(const struct listed *a, const struct listed *b)
{
    const struct sockdiag_socket *x = &a->socket, *y = &b->socket;
    return x->state == y->state && x->receive_queue == y->receive_queue && x->send_queue == y->send_queue &&
           x->drops == y->drops && tries(x) == tries(y) && a->count == b->count &&
           (a->holders ? a->holders->pid : 0) == (b->holders ? b->holders->pid : 0);
}

void changes_between_emit(struct look *before, struct look *now)
{
    char wall[WALL_TEXT_MAX];
    wall_text(wall, sizeof(wall));
    for (size_t i = 0, j = 0; i < before->count || j < now->count;) {
        const struct listed *old = i < before->count ? &before->items[i] : NULL;
        const struct listed *new = j < now->count ? &now->items[j] : NULL;
        if (!new || (old && old->socket.cookie < new->socket.cookie)) {
            listed_emit(before, EVENT_LISTED_GONE, old, -1, wall);
            i++;
        } else if (!old || new->socket.cookie < old->socket.cookie) {
            listed_emit(now, EVENT_LISTED_APPEARED, new, -1, wall);
            j++;
        } else {
            int was = old->socket.state == new->socket.state ? -1 : old->socket.state;
            if (!is_same(old, new))
                listed_emit(now, EVENT_LISTED_CHANGED, new, was, wall);
            i++;
            j++;
        }
    }
}
