/* SPDX-License-Identifier: ISC */
/* What a conversation sends, up to the half-close that ends it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/number.h"
#include "base/passes.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/data/conversation.h"
#include "net/data/crlf.h"
#include "net/data/source.h"

void conversation_send_fail(struct conversation *conversation, const char *call)
{
    conversation_fail(conversation, errno == EMSGSIZE ? PHASE_OTHER : PHASE_STREAM, call);
    conversation->sending_over = true;
    conversation->up.start = conversation->up.end;
}

void conversation_sent(struct conversation *conversation, size_t length)
{
    conversation->sent += length;
    if (conversation->context->totals)
        conversation->context->totals->sent += length;
    conversation->active = watch_now(conversation->context->watch);
    conversation_deferred_look(conversation);
}

/* Nagle's delay does not help here: input is sent as soon as it is read. */
void conversation_send_prepare(struct conversation *conversation)
{
    int on = 1;
    if (conversation->send_prepared)
        return;
    conversation->send_prepared = true;
    if (conversation->plan->no_delay)
        CALL_SETSOCKOPT(conversation->sink, conversation->fd, IPPROTO_TCP, TCP_NODELAY, on, "1");
}

static bool source_refill(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    size_t length = conversation->left < plan->chunk ? (size_t)conversation->left : plan->chunk;
    if (length == 0) {
        conversation->input_ended = true;
        return false;
    }
    if (!conversation_buffer(conversation, &conversation->up, plan->chunk))
        return false;
    source_fill(conversation->up.bytes, length, conversation->sent);
    conversation->up.end = length;
    if (conversation->left != UINT64_MAX)
        conversation->left -= length;
    return true;
}

bool conversation_has_output(const struct conversation *conversation)
{
    if (conversation->sending_over)
        return false;
    return !buffer_is_empty(&conversation->up) || conversation->input_ended ||
           conversation->plan->io == IO_SOURCE;
}

/* ENOTCONN of a connection that is already gone is reported by recv(). Whatever else fails leaves the peer
 * waiting for our end. */
static void shutdown_fail(struct conversation *conversation)
{
    struct pollfd fds = {.fd = conversation->fd};
    int error = errno;
    if (error == ENOTCONN && call_poll(conversation->sink, EVENT_DATA_CALL, &fds, 1, 0) > 0 &&
        fds.revents & POLLHUP)
        return;
    errno = error;
    conversation_fail(conversation, PHASE_OTHER, "shutdown");
    conversation->done = true;
}

/* Half-closes once everything is sent and no more will come. */
static void sending_end(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    conversation->sending_over = true;
    if (plan->no_shutdown)
        return;
    int how = plan->shutdown_how;
    if (call_shutdown(conversation->sink, conversation->fd, how) < 0) {
        shutdown_fail(conversation);
        return;
    }
    conversation->shut_down = true;
    emit(conversation->sink, EVENT_SHUTDOWN, F_CONN(conversation->conn),
        F_ADDRESS("peer", &conversation->peer), F_NAME("how", names_shut, how),
        F_STATE("state", socket_state(conversation->fd)), F_COUNT("sent", conversation->sent),
        F_COUNT("received", conversation->received), F_TIME("duration", clock_now() - conversation->began));
    if (conversation->context->follow)
        follow_nudge(conversation->context->follow);
}

bool conversation_send(struct conversation *conversation)
{
    struct buffer *up = &conversation->up;
    const struct relay_plan *plan = conversation->plan;
    if (conversation->sending_over)
        return false;
    if (buffer_is_empty(up) && !(plan->io == IO_SOURCE && source_refill(conversation))) {
        if (!conversation->input_ended)
            return false;
        if (conversation_deferred_wait(conversation)) {
            if (conversation->sent == 0)
                conversation_nothing_sent(conversation);
            return conversation->done;
        }
        sending_end(conversation);
        return true;
    }
    size_t length = up->end - up->start;
    if (!plan->messages && length > plan->chunk)
        length = plan->chunk;
    /* With --interval, each write is one line. */
    bool lines = plan->interval >= 0 && !plan->messages;
    char *newline = lines ? memchr(up->bytes + up->start, '\n', length) : NULL;
    if (newline)
        length = (size_t)(newline + 1 - (up->bytes + up->start));
    conversation_send_prepare(conversation);
    const char *bytes = up->bytes + up->start;
    ssize_t sent =
        conversation->message
            ? message_send(conversation->message, bytes, length, &conversation->peer, NULL)
            : call_send(conversation->sink, conversation->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    bool connects = sent < 0 && errno == EINPROGRESS && conversation->deferred;
    if (connects || (sent < 0 && passes(&conversation->send_tries)))
        return false;
    conversation->send_tries = 0;
    if (sent < 0) {
        /* What the peer sent before it went can still be read. */
        conversation_send_fail(conversation, plan->message ? message_send_name(plan->message) : "send");
        conversation->failure.evidence.length = conversation->failure.error == EMSGSIZE ? length : 0;
        return true;
    }
    if (plan->hexdump)
        conversation_dump(conversation, "sent", conversation->sent, up->bytes + up->start, (size_t)sent);
    up->start += (size_t)sent;
    conversation_sent(conversation, (size_t)sent);
    return true;
}

void conversation_input_end(struct conversation *conversation)
{
    conversation->input_ended = true;
}

void conversation_take_input(struct conversation *conversation, const char *bytes, size_t length)
{
    struct buffer *up = &conversation->up;
    if (!conversation_buffer(conversation, up, conversation->plan->crlf ? 2 * length : length))
        return;
    if (conversation->plan->crlf) {
        up->end = crlf_copy(up->bytes, bytes, length, &conversation->after_cr);
    } else {
        memcpy(up->bytes, bytes, length);
        up->end = length;
    }
}
