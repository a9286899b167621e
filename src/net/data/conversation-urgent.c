/* SPDX-License-Identifier: ISC */
/* The urgent bytes of a conversation: reports each, read or lost, while the stream goes on without it. */
#include <sys/socket.h>

#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/data/conversation.h"
#include "net/urgent/urgent-loss.h"
#include "net/urgent/urgent.h"

void conversation_urgent(struct conversation *conversation)
{
    char byte;
    if (!(conversation->plan->receive_events & POLLPRI))
        return;
    int atmark = call_sockatmark(conversation->sink, conversation->fd);
    int inq = socket_input_queued(conversation->fd);
    if (call_recv(conversation->sink, conversation->fd, &byte, 1, MSG_OOB | MSG_DONTWAIT) != 1)
        return;
    conversation->active = watch_now(conversation->context->watch);
    conversation->urgent++;
    emit(conversation->sink, EVENT_OOB, F_CONN(conversation->conn), F_BYTES("bytes", &byte, 1),
        F_INT("length", 1), F_FLAGS("flags", names_msg, MSG_OOB | MSG_DONTWAIT),
        F_COUNT("offset", conversation->received + (inq > 0 ? (uint64_t)inq : 0)),
        F_SWITCH("atmark", atmark > 0), F_INT("inq", inq));
}

void conversation_urgent_end(struct conversation *conversation)
{
    /* Flags and calls of the user's choice may show bytes twice or not at all. */
    if (conversation->plan->receive_events & POLLPRI && !conversation->message)
        urgent_drops_emit(conversation->sink, conversation->conn, conversation->fd,
            conversation->received + conversation->urgent);
}
