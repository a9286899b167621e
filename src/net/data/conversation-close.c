/* SPDX-License-Identifier: ISC */
/* The end of a conversation: reports what is left in the error queue, the close, and what became of the
 * connection. */
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/socket/errors.h"
#include "net/socket/linger.h"
#include "net/data/conversation.h"
#include "net/socket/closed.h"

/* Ends what the close itself has not ended; if the connection is followed, reports its state. */
static void conversation_release(struct conversation *conversation)
{
    second_release(&conversation->second, conversation->sink, conversation->context->follow != NULL);
    if (conversation->context->follow)
        follow_nudge(conversation->context->follow);
}

/* Reports the error queue before it goes with the socket. */
static void message_end(struct conversation *conversation)
{
    if (!conversation->message)
        return;
    errors_take(
        conversation->sink, conversation->fd, conversation->conn, true, NULL, conversation->context->stamps);
    message_close(conversation->message);
    conversation->message = NULL;
}

/* A reset that arrived after both ends had finished sending: what was sent last was not taken. */
static void reset_notice(struct conversation *conversation)
{
    if (conversation->failure.phase == PHASE_NONE && conversation->peer_eof && conversation->sent > 0 &&
        socket_state(conversation->fd) == TCP_CLOSE)
        conversation_check(conversation, true);
}

/* SO_LINGER makes close() wait. */
static void lingering_close(struct conversation *conversation)
{
    sigset_t before;
    bool waits = conversation->plan->linger > 0;
    if (waits)
        stops_let_through(&before);
    call_close(conversation->sink, &conversation->fd);
    if (waits)
        sigprocmask(SIG_SETMASK, &before, NULL);
}

void conversation_close(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    if (conversation->fd < 0)
        return;
    if (plan->linger >= 0)
        socket_linger(conversation->sink, conversation->fd, plan->linger);
    message_end(conversation);
    reset_notice(conversation);
    int state = sink_wants(conversation->sink, EVENT_CLOSED) ? socket_state(conversation->fd) : -1;
    lingering_close(conversation);
    const struct closed closed = {.conn = conversation->conn,
        .peer = &conversation->peer,
        .state = state,
        .sent = conversation->sent,
        .received = conversation->received,
        .began = conversation->began,
        .times = &conversation->times};
    closed_emit(conversation->sink, &closed);
    conversation_release(conversation);
    free(conversation->up.bytes);
    free(conversation->down.bytes);
    conversation->up = conversation->down = (struct buffer){.bytes = NULL};
}
