/* SPDX-License-Identifier: ISC */
/* Datagrams to be sent: from stdin or of --io source, one at a time, and what a failed send means. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "base/number.h"
#include "base/passes.h"
#include "call/call.h"
#include "net/data/crlf.h"
#include "net/data/exchange.h"
#include "net/socket/errors.h"
#include "net/socket/evidence.h"
#include "why/why.h"

/* poll() does not report that another unix socket's queue, or the device's, has room again. */
#define ROOM_DELAY  (10 * NS_PER_MS)
/* How often a datagram is tried whose send returns errors of earlier ones. */
#define ERRORS_MOST 16

/* poll() does not let a source try if there is no room. */
static bool waits_for_room(const struct exchange *exchange)
{
    if (exchange->pending)
        return exchange->send_error == EAGAIN;
    return exchange->plan->io == IO_SOURCE && !exchange->input_ended &&
           watch_now(exchange->context->watch) >= exchange->gap_until;
}

static struct failure failure_now(
    struct exchange *exchange, enum failure_phase phase, const char *call, const char *name)
{
    const struct datagrams *datagrams = exchange->datagrams;
    const struct address *end = datagrams->peer.length ? &datagrams->peer : &datagrams->local;
    struct failure failure = failure_of(phase, call, phase == PHASE_OUTPUT ? NULL : end, exchange->began);
    failure_connection(
        &failure, datagrams->connected, &datagrams->local, datagrams->sent, datagrams->received);
    failure.name = name;
    failure.evidence.type = SOCK_DGRAM;
    failure.evidence.no_room = waits_for_room(exchange);
    failure.evidence.length = failure.error == EMSGSIZE ? exchange->pending_length : 0;
    if (exchange->context->stamps)
        errors_take(exchange->sink, datagrams->fd, datagrams->connected, true, &failure.evidence,
            exchange->context->stamps);
    if (phase == PHASE_DATAGRAM)
        evidence_collect(exchange->sink, datagrams->fd, &failure);
    return failure;
}

void exchange_fail(struct exchange *exchange, enum failure_phase phase, const char *call, const char *name)
{
    exchange->over = true;
    exchange->datagrams->failure = failure_now(exchange, phase, call, name);
}

void exchange_stopped(struct exchange *exchange)
{
    exchange->over = true;
    if (!waits_for_room(exchange))
        return;
    errno = EAGAIN;
    const struct failure failure = failure_now(exchange, PHASE_DATAGRAM, "send", NULL);
    why_stopped(exchange->sink, &failure);
}

void exchange_dump(struct exchange *exchange, unsigned conn, const char *direction,
    const struct address *peer, const void *bytes, size_t length)
{
    if (exchange->plan->hexdump)
        emit(exchange->sink, EVENT_DUMP, F_CONN(conn), F_TEXT("direction", direction),
            F_ADDRESS("peer", peer), F_INT("length", (int64_t)length), F_DUMP("bytes", bytes, length, 0));
}

/* A client ends if a datagram cannot be sent. A listener goes on: the next may be for another peer. */
static void send_fail(struct exchange *exchange)
{
    struct datagrams *datagrams = exchange->datagrams;
    const char *call = exchange->plan->message ? message_send_name(exchange->plan->message)
                       : datagrams->connected  ? "send"
                                               : "sendto";
    if (datagrams->client) {
        exchange_fail(exchange, PHASE_DATAGRAM, call, NULL);
        return;
    }
    struct address peer = datagrams->peer;
    char text[ADDRESS_TEXT_MAX + 128], where[ADDRESS_TEXT_MAX];
    int error = errno;
    address_unmap(&peer);
    snprintf(text, sizeof(text), "a datagram to %s is lost: %s (%s)",
        address_text(&peer, where, sizeof(where)), errno_name(error), strerror(error));
    emit(exchange->sink, EVENT_WARNING, F_WARNING(DATAGRAM_NOT_SENT), F_TEXT("text", text),
        F_ADDRESS("peer", &peer), F_ERRNO(error), F_INT("length", (int64_t)exchange->pending_length));
}

static void pending_sent(struct exchange *exchange, size_t length)
{
    struct datagrams *datagrams = exchange->datagrams;
    struct address peer = datagrams->peer;
    bool fresh;
    exchange->active = watch_now(exchange->context->watch);
    datagrams->sent += length;
    if (exchange->context->totals)
        exchange->context->totals->sent += length;
    address_unmap(&peer);
    /* A group is not one of the peers. */
    bool is_group = datagrams->client && !datagrams->connected;
    exchange_dump(exchange, is_group ? 0 : peers_number(&exchange->peers, &peer, &fresh), "sent", &peer,
        exchange->pending, length);
    if (exchange->plan->interval >= 0)
        exchange->gap_until = exchange->active + exchange->plan->interval;
    if (exchange->plan->io == IO_SOURCE)
        exchange->input_ended = exchange->left == 0;
}

/* Sends the pending datagram; keeps it if there is no room for it now. */
void pending_send(struct exchange *exchange)
{
    struct datagrams *datagrams = exchange->datagrams;
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    const char *bytes = exchange->pending;
    size_t length = exchange->pending_length;
    const struct pktinfo *pktinfo = datagrams->pktinfo.local.length ? &datagrams->pktinfo : NULL;
    ssize_t sent;
    if (exchange->message)
        sent = message_send(exchange->message, bytes, length, &datagrams->peer, pktinfo);
    else if (datagrams->connected)
        sent = call_send(exchange->sink, datagrams->fd, bytes, length, flags);
    else if (pktinfo)
        sent = pktinfo_send(exchange->sink, datagrams->fd, bytes, length, flags, &datagrams->peer, pktinfo);
    else
        sent = call_sendto(exchange->sink, datagrams->fd, bytes, length, flags, &datagrams->peer);
    exchange->send_error = sent < 0 ? errno : 0;
    bool full = sent < 0 && (errno == ENOBUFS || (errno == EAGAIN && !datagrams->connected));
    if (full)
        exchange->gap_until = watch_now(exchange->context->watch) + ROOM_DELAY;
    if (full || (sent < 0 && passes(&exchange->send_tries)))
        return;
    exchange->send_tries = 0;
    /* The call returned the error of an earlier datagram: this one was not sent, so try again. EMSGSIZE,
     * which is queued too, is about this one. */
    if (sent < 0 && !datagrams->connected && errno != EMSGSIZE && exchange->errors++ < ERRORS_MOST &&
        errors_take(exchange->sink, datagrams->fd, 0, true, NULL, exchange->context->stamps) > 0)
        return;
    exchange->errors = 0;
    if (sent < 0)
        send_fail(exchange);
    else
        pending_sent(exchange, (size_t)sent);
    exchange->pending = NULL;
}

void pending_set(struct exchange *exchange, const char *bytes, size_t length)
{
    exchange->pending = bytes;
    exchange->pending_length = length;
    pending_send(exchange);
}

void source_send(struct exchange *exchange)
{
    size_t length = exchange->left < exchange->plan->chunk ? (size_t)exchange->left : exchange->plan->chunk;
    memset(exchange->input, '.', length);
    if (exchange->left != UINT64_MAX)
        exchange->left -= length;
    pending_set(exchange, exchange->input, length);
}

bool is_rejection(const struct exchange *exchange, int error)
{
    return exchange->datagrams->connected && !exchange->plan->strict && !exchange->pending &&
           (error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EACCES ||
               error == ENOPROTOOPT || error == EPROTO);
}

/* stdin has ended: a message to a service that is not there has still been sent, as with nc. */
static void rejection_warn(struct exchange *exchange)
{
    struct datagrams *datagrams = exchange->datagrams;
    int error = datagrams->failure.error;
    char text[ADDRESS_TEXT_MAX + 128], where[ADDRESS_TEXT_MAX];
    snprintf(text, sizeof(text), "%s did not take what was sent: %s (%s); --strict makes this a failure",
        address_text(&datagrams->peer, where, sizeof(where)), errno_name(error), strerror(error));
    emit(exchange->sink, EVENT_WARNING, F_CONN(1), F_WARNING(DATAGRAM_REJECTED), F_TEXT("text", text),
        F_ADDRESS("peer", &datagrams->peer), F_ERRNO(error));
    datagrams->failure = (struct failure){.phase = PHASE_NONE};
    exchange->doubted_until = 0;
    exchange->rejected = true;
    exchange->over = false;
}

/* The writer of a pipe that is our stdin ends a moment after its last byte: whether there is more to be sent,
 * which makes the error a failure, is not known at once. */
void rejection_note(struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    /* Unless the evidence was taken, the error is still queued, and poll() would report it forever. */
    errors_take(exchange->sink, exchange->datagrams->fd, 1, true, NULL, exchange->context->stamps);
    if (exchange->rejected) {
        /* The same was reported before. */
        exchange->datagrams->failure = (struct failure){.phase = PHASE_NONE};
    } else if (exchange->input_ended) {
        rejection_warn(exchange);
    } else if (plan->input >= 0 && plan->io == IO_STDIO && !isatty(plan->input)) {
        exchange->doubted_until = watch_now(exchange->context->watch) + ANSWER_TIME;
        exchange->over = false;
    }
}

/* One read is one datagram. */
void input_take(struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    /* The first half of the buffer is the room that -C may need. */
    char *bytes = exchange->input + plan->chunk;
    ssize_t length = input_read(plan->input, bytes, plan->chunk);
    if (length < 0 && passes(&exchange->input_tries))
        return;
    exchange->input_tries = 0;
    if (length > 0 && exchange->doubted_until) {
        exchange->over = true;
        return;
    }
    if (length < 0) {
        exchange_fail(exchange, PHASE_OUTPUT, "read", "stdin");
    } else if (length <= 0) {
        exchange->input_ended = true;
        exchange->active = watch_now(exchange->context->watch);
        if (exchange->doubted_until)
            rejection_warn(exchange);
    } else if (plan->crlf) {
        pending_set(exchange, exchange->input,
            crlf_copy(exchange->input, bytes, (size_t)length, &exchange->after_cr));
    } else {
        pending_set(exchange, bytes, (size_t)length);
    }
}
