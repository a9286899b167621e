/* SPDX-License-Identifier: ISC */
/* One stream connection: receives, and reports what happens to it; conversation-send.c sends. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/passes.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/socket/errors.h"
#include "net/socket/evidence.h"
#include "net/socket/handshake.h"
#include "net/data/conversation.h"
#include "why/why.h"

/* Whether the peer has yet to accept the connection. */
static bool is_unaccepted(const struct conversation *conversation)
{
    return !conversation->plan->accepted && conversation->received == 0 && !conversation->peer_eof &&
           sink_wants(conversation->sink, EVENT_WHY) && handshake_is_queued(conversation->fd);
}

static struct failure failure_now(
    struct conversation *conversation, enum failure_phase phase, const char *call)
{
    struct failure failure = failure_of(phase, call, &conversation->peer, conversation->began);
    failure_connection(
        &failure, conversation->conn, &conversation->local, conversation->sent, conversation->received);
    failure.evidence.type = conversation->plan->messages ? SOCK_SEQPACKET : SOCK_STREAM;
    failure.evidence.shut_down = conversation->shut_down;
    failure.evidence.accepted = conversation->plan->accepted;
    failure.evidence.unaccepted = failure.error == ETIMEDOUT && is_unaccepted(conversation);
    if (conversation->context->stamps)
        errors_take(conversation->sink, conversation->fd, conversation->conn, true, &failure.evidence,
            conversation->context->stamps);
    evidence_collect(conversation->sink, conversation->fd, &failure);
    return failure;
}

void conversation_stopped(struct conversation *conversation)
{
    errno = ETIMEDOUT;
    const struct failure failure = failure_now(conversation, PHASE_STREAM, "poll");
    why_stopped(conversation->sink, &failure);
}

void conversation_fail(struct conversation *conversation, enum failure_phase phase, const char *call)
{
    /* The first failure counts. */
    if (conversation->failure.phase != PHASE_NONE)
        return;
    int error = errno;
    conversation_deferred_look(conversation);
    errno = error;
    if (conversation->deferred && phase == PHASE_STREAM)
        phase = PHASE_CONNECT;
    conversation->failure = failure_now(conversation, phase, call);
}

void conversation_nothing_sent(struct conversation *conversation)
{
    errno = ENOTCONN;
    conversation_fail(conversation, PHASE_CONNECT, "connect");
    conversation->failure.text = "nothing was sent, so no SYN has gone out";
    conversation->done = true;
}

static void memory_fail(struct conversation *conversation)
{
    conversation_fail(conversation, PHASE_OTHER, "malloc");
    conversation->done = true;
}

bool conversation_buffer(struct conversation *conversation, struct buffer *buffer, size_t size)
{
    buffer->start = buffer->end = 0;
    if (buffer->size >= size)
        return true;
    char *bytes = realloc(buffer->bytes, size);
    if (!bytes) {
        memory_fail(conversation);
        return false;
    }
    buffer->bytes = bytes;
    buffer->size = size;
    return true;
}

void conversation_begin(struct conversation *conversation, const struct relay_plan *plan,
    const struct context *context, const struct connection *connection)
{
    *conversation = (struct conversation){.plan = plan,
        .context = context,
        .sink = context->sink,
        .fd = connection->fd,
        .conn = connection->conn,
        .peer = connection->peer,
        .local = connection->local,
        .times = connection->times,
        .began = clock_now(),
        .left = plan->source_bytes,
        .input_ended = plan->io == IO_SINK || (plan->io == IO_STDIO && plan->input < 0),
        /* With -d, sink and hold, nothing is sent before the close, not even FIN. */
        .sending_over =
            plan->io == IO_SINK || plan->io == IO_HOLD || (plan->io == IO_STDIO && plan->input < 0)};
    conversation->active = watch_now(context->watch);
    if (context->follow)
        follow_add(context->follow, connection);
    if (!conversation_deferred_begin(conversation))
        conversation_nothing_sent(conversation);
    if (!plan->message)
        return;
    conversation->message = message_open(
        plan->message, context->sink, connection->fd, connection->conn, NULL, plan->receive_size);
    if (!conversation->message)
        memory_fail(conversation);
}

void conversation_receive_fail(struct conversation *conversation, const char *call)
{
    conversation_fail(conversation, PHASE_STREAM, call);
    conversation->peer_eof = conversation->sending_over = true;
}

void conversation_received(struct conversation *conversation, size_t length)
{
    times_received(&conversation->times);
    conversation->received += length;
    if (conversation->context->totals)
        conversation->context->totals->received += length;
    conversation->active = watch_now(conversation->context->watch);
    conversation_deferred_look(conversation);
}

/* An echo sends what it received, so both share a buffer. */
static struct buffer *receive_buffer(struct conversation *conversation)
{
    return conversation->plan->io == IO_ECHO ? &conversation->up : &conversation->down;
}

void conversation_dump(struct conversation *conversation, const char *direction, uint64_t offset,
    const void *bytes, size_t length)
{
    emit(conversation->sink, EVENT_DUMP, F_CONN(conversation->conn), F_TEXT("direction", direction),
        F_INT("length", (int64_t)length), F_COUNT("offset", offset), F_DUMP("bytes", bytes, length, offset));
}

static void peer_ended(struct conversation *conversation)
{
    conversation->peer_eof = true;
    conversation_deferred_look(conversation);
    if (conversation->plan->io == IO_ECHO)
        conversation->input_ended = true;
    /* Nothing more to send: the peer's EOF ends the conversation. */
    if (conversation->plan->peer_eof_ends)
        conversation->done = true;
    /* After our own SHUT_RD, a recv() of 0 does not mean that the peer has ended. */
    if (conversation->sending_over && conversation->plan->shutdown_how != SHUT_WR)
        return;
    if (conversation->context->follow)
        follow_eof(conversation->context->follow, conversation->conn);
    conversation_urgent_end(conversation);
    /* A send has taken the error of the RST, after which recv() returns 0: no FIN came. */
    if (conversation->failure.phase == PHASE_STREAM && conversation->failure.error == ECONNRESET)
        return;
    emit(conversation->sink, EVENT_EOF, F_CONN(conversation->conn), F_ADDRESS("peer", &conversation->peer),
        F_STATE("state", socket_state(conversation->fd)), F_COUNT("sent", conversation->sent),
        F_COUNT("received", conversation->received), F_TIME("duration", clock_now() - conversation->began));
}

/* Reports that the end of a message is lost. Returns how many bytes are left of it. */
static ssize_t message_cut(struct conversation *conversation, ssize_t real_length)
{
    size_t held = conversation->plan->receive_size;
    emit(conversation->sink, EVENT_WARNING, F_CONN(conversation->conn), F_WARNING(MESSAGE_TRUNCATED),
        F_TEXT("text", "a message was longer than --chunk: the rest is lost"),
        F_ADDRESS("peer", &conversation->peer), F_INT("length", (int64_t)held),
        F_INT("real_length", real_length));
    return (ssize_t)held;
}

bool conversation_announced(struct conversation *conversation)
{
    return errors_take(conversation->sink, conversation->fd, conversation->conn, true, NULL,
               conversation->context->stamps) > 0;
}

bool conversation_receive(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    struct buffer *buffer = receive_buffer(conversation);
    if (conversation->peer_eof || !buffer_is_empty(buffer))
        return false;
    if (!conversation_buffer(conversation, buffer, plan->receive_size))
        return true;
    struct received received = {.is_message = false};
    ssize_t length = conversation->message
                         ? message_receive(conversation->message, buffer->bytes, &received)
                         : call_recv(conversation->sink, conversation->fd, buffer->bytes, plan->receive_size,
                               MSG_DONTWAIT | (plan->messages ? MSG_TRUNC : 0));
    if (length < 0 && passes(&conversation->receive_tries)) {
        bool announced = conversation_announced(conversation);
        if (announced)
            conversation->receive_tries = 0;
        return announced;
    }
    conversation->receive_tries = 0;
    if (length < 0) {
        conversation_receive_fail(conversation, plan->message ? message_receive_name(plan->message) : "recv");
        return true;
    }
    bool is_empty = length == 0 && plan->messages && !received.is_end &&
                    (received.is_message || message_was_empty(conversation->sink, conversation->fd));
    if (length == 0 && !is_empty) {
        peer_ended(conversation);
        return true;
    }
    if ((size_t)length > plan->receive_size)
        length = message_cut(conversation, length);
    if (plan->hexdump)
        conversation_dump(conversation, "received", conversation->received, buffer->bytes, (size_t)length);
    conversation_received(conversation, (size_t)length);
    if (plan->keeps)
        buffer->end = (size_t)length;
    if (++conversation->receives == plan->receives)
        conversation->done = true;
    return true;
}

void conversation_time_out(struct conversation *conversation, const char *call)
{
    conversation->done = true;
    if (conversation->failure.phase != PHASE_NONE)
        return;
    errno = ETIMEDOUT;
    conversation_fail(conversation, PHASE_STREAM, call);
    conversation->failure.text = "no data moved";
    conversation->failure.gave_up = true;
    conversation->failure.elapsed = watch_now(conversation->context->watch) - conversation->active;
}

void conversation_check(struct conversation *conversation, bool hung_up)
{
    int error = call_socket_error(conversation->sink, conversation->fd);
    if (error > 0) {
        errno = error;
        conversation_fail(conversation, PHASE_STREAM, "poll");
    } else if (!hung_up && conversation_announced(conversation)) {
        return;
    }
    conversation->peer_eof = conversation->sending_over = conversation->done = true;
}

bool conversation_over(const struct conversation *conversation)
{
    if (!buffer_is_empty(&conversation->down))
        return false;
    return conversation->done || (conversation->peer_eof && conversation->sending_over);
}
