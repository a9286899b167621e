/* SPDX-License-Identifier: ISC */
/* A conversation whose SYN goes out with its first data (TCP_FASTOPEN_CONNECT): it is connected when its
 * state says so, and refused when the first data is. */
#include <netinet/tcp.h>

#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/data/conversation.h"
#include "net/socket/handshake.h"

bool conversation_deferred_begin(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    conversation->deferred = plan->may_defer && socket_state(conversation->fd) == TCP_SYN_SENT;
    /* An echo waits for the peer, which has not been contacted. */
    return !conversation->deferred || !(conversation->sending_over || plan->io == IO_ECHO);
}

void conversation_deferred_look(struct conversation *conversation)
{
    int state = conversation->deferred ? socket_state(conversation->fd) : TCP_SYN_SENT;
    if (state == TCP_SYN_SENT || (state == TCP_CLOSE && !handshake_passed(conversation->fd)))
        return;
    conversation->deferred = false;
    conversation->times.connected = true;
    conversation->times.timing = timing_of(conversation->fd, conversation->began, clock_now());
    emit(conversation->sink, EVENT_CONNECTED, F_CONN(conversation->conn),
        F_ADDRESS("peer", &conversation->peer), F_ADDRESS("local", &conversation->local),
        F_STATE("state", state), F_TIME("elapsed", clock_now() - conversation->began));
}

bool conversation_deferred_wait(struct conversation *conversation)
{
    conversation_deferred_look(conversation);
    return conversation->deferred && socket_state(conversation->fd) == TCP_SYN_SENT;
}
