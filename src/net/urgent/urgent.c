/* SPDX-License-Identifier: ISC */
/* Receives urgent data without destroying a byte or losing one silently; see urgent.h. */
#include "net/urgent/urgent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/passes.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/socket/evidence.h"
#include "net/urgent/urgent-loss.h"
#include "net/socket/closed.h"

/* Returned by urgent_step() besides 0 (go on). */
#define STREAM_ENDED (-1)

static int stream_fail(struct urgent_stream *stream, const char *call)
{
    /* If another call fails, the connection is not broken. */
    bool broken = strcmp(call, "recv") == 0 || errno == ETIMEDOUT;
    stream->failure = failure_of(broken ? PHASE_STREAM : PHASE_OTHER, call, &stream->peer, 0);
    failure_connection(&stream->failure, stream->conn, &stream->local, 0, stream->received);
    stream->failure.evidence.accepted = true;
    evidence_collect(stream->sink, stream->fd, &stream->failure);
    return STREAM_ENDED;
}

/* On TCP, MSG_TRUNC discards the bytes (tcp(7)): the buffer holds none of them. */
static size_t bytes_held(const struct urgent_stream *stream, int flags, size_t length)
{
    return stream->is_tcp && flags & MSG_TRUNC ? 0 : length;
}

static void oob_emit(struct urgent_stream *stream, int flags)
{
    const struct urgent_byte *byte = &stream->byte;
    emit(stream->sink, EVENT_OOB, F_CONN(stream->conn),
        F_BYTES("bytes", &byte->byte, bytes_held(stream, flags, 1)), F_INT("length", 1),
        F_FLAGS("flags", names_msg, flags), F_SWITCH("atmark", byte->atmark > 0), F_INT("inq", byte->inq));
}

/* Reports the byte that was read once its place in the stream is reached: the report keeps the stream's
 * order. */
static void held_release(struct urgent_stream *stream)
{
    int flags = stream->plan->flags | MSG_OOB;
    stream->held = false;
    if (stream->byte.peeked)
        oob_emit(stream, flags | MSG_PEEK);
    oob_emit(stream, flags);
}

static void held_release_at_mark(struct urgent_stream *stream)
{
    if (stream->held && call_sockatmark(stream->sink, stream->fd) > 0)
        held_release(stream);
}

/* A newer mark replaced that of the held byte. TCP then delivers the byte a second time; a unix socket does
 * not. */
static void held_supersede(struct urgent_stream *stream)
{
    if (!stream->is_tcp) {
        held_release(stream);
        return;
    }
    urgent_loss_emit(stream->sink, stream->conn, LOSS_AGAIN, &stream->byte.byte);
    stream->held = false;
    stream->received--;
}

/* The meaning of a failed recv(MSG_OOB), which recv(2) and tcp(7) do not explain. */
static const char *oob_error_text(const struct urgent_stream *stream, int error, int atmark)
{
    if (error == EAGAIN)
        return "the urgent byte is announced, and has not arrived yet";
    if (error == ENOTCONN)
        return "the connection is gone";
    if (error != EINVAL)
        return NULL;
    if (stream->plan->inlined)
        return "SO_OOBINLINE is on: the urgent byte is in the stream";
    return atmark > 0 || stream->taken ? "the urgent byte was read already" : "no urgent byte is pending";
}

/* The kernel returns the byte even before its place in the stream is reached. Read it before an ordinary read
 * gets there, which would destroy it. */
static void urgent_take(struct urgent_stream *stream)
{
    const struct urgent_plan *plan = stream->plan;
    struct urgent_byte taken = {
        .atmark = call_sockatmark(stream->sink, stream->fd), .inq = socket_input_queued(stream->fd)};
    if (plan->peek)
        taken.peeked =
            call_recv(stream->sink, stream->fd, &taken.byte, 1, plan->flags | MSG_OOB | MSG_PEEK) == 1;
    ssize_t length = call_recv(stream->sink, stream->fd, &taken.byte, 1, plan->flags | MSG_OOB);
    if (length == 1) {
        if (stream->held)
            held_supersede(stream);
        stream->held = stream->taken = true;
        stream->byte = taken;
        stream->received++;
        held_release_at_mark(stream);
        return;
    }
    int error = length < 0 ? errno : 0;
    emit(stream->sink, EVENT_OOB_NONE, F_CONN(stream->conn),
        F_FLAGS("flags", names_msg, plan->flags | MSG_OOB), F_INT("length", length), F_ERRNO(error),
        F_TEXT("text", oob_error_text(stream, error, taken.atmark)), F_SWITCH("atmark", taken.atmark > 0),
        F_INT("inq", taken.inq));
    if (error == ENOTCONN)
        urgent_loss_emit(stream->sink, stream->conn, LOSS_ENDED, NULL);
}

static void data_emit(struct urgent_stream *stream, size_t length, int flags, int atmark, int inq)
{
    size_t held = bytes_held(stream, flags, length);
    bool urgent_first = stream->plan->inlined && atmark > 0 && held > 0;
    emit(stream->sink, EVENT_DATA, F_CONN(stream->conn), F_BYTES("bytes", stream->buffer, held),
        F_INT("length", (int64_t)length), F_FLAGS("flags", names_msg, flags), F_SWITCH("atmark", atmark > 0),
        F_INT("inq", inq), urgent_first ? F_BYTES("urgent", stream->buffer, 1) : F_NONE);
}

static int data_take(struct urgent_stream *stream)
{
    const struct urgent_plan *plan = stream->plan;
    int atmark = call_sockatmark(stream->sink, stream->fd), inq = socket_input_queued(stream->fd);
    ssize_t length;
    if (stream->held && atmark > 0)
        held_release(stream);
    if (plan->peek) {
        length = call_recv(stream->sink, stream->fd, stream->buffer, plan->chunk, plan->flags | MSG_PEEK);
        if (length > 0)
            data_emit(stream, (size_t)length, plan->flags | MSG_PEEK, atmark, inq);
    }
    length = call_recv(stream->sink, stream->fd, stream->buffer, plan->chunk, plan->flags);
    if (length < 0)
        return passes(&stream->tries) ? 0 : stream_fail(stream, "recv");
    stream->tries = 0;
    if (length == 0) {
        stream->dropped +=
            urgent_drops_emit(stream->sink, stream->conn, stream->fd, stream->received + stream->dropped);
        emit(stream->sink, EVENT_EOF, F_CONN(stream->conn), F_ADDRESS("peer", &stream->peer),
            F_STATE("state", socket_state(stream->fd)), F_COUNT("sent", 0),
            F_COUNT("received", stream->received), F_TIME("duration", clock_now() - stream->began));
        return STREAM_ENDED;
    }
    stream->received += (uint64_t)length;
    data_emit(stream, (size_t)length, plan->flags, atmark, inq);
    stream->taken = stream->held;
    held_release_at_mark(stream);
    return 0;
}

static void notice_emit(struct urgent_stream *stream, const struct notice *notice, int64_t began)
{
    emit(stream->sink, EVENT_NOTICE, F_CONN(stream->conn), F_TEXT("by", notice->by),
        F_NAME("notify", names_notify, stream->plan->notify),
        notice->signals > 1 ? F_INT("count", notice->signals) : F_NONE,
        F_TIME("elapsed", notice->when - began),
        F_TEXT("note", notice->missed ? "the byte came before F_SETOWN: there was no SIGURG" : NULL));
}

/* Waits once and handles the result: 0 go on, STREAM_ENDED, or the number of a signal. */
static int urgent_step(struct urgent_stream *stream, struct notifier *notifier, int64_t began, bool late)
{
    const struct urgent_plan *plan = stream->plan;
    struct notice notice;
    int64_t late_at = plan->idle_timeout < 0 ? INT64_MAX : stream->active + plan->idle_timeout;
    int result = notifier_wait(notifier, late_at, &notice);
    if (result < 0)
        return stream_fail(stream, name_find(&names_notify, plan->notify));
    if (result > 0 && notice.stopped)
        return stop_read(stream->context->stop_fd);
    if (result == 0 && watch_over(stream->context->watch, late_at)) {
        errno = ETIMEDOUT;
        stream_fail(stream, name_find(&names_notify, plan->notify));
        stream->failure.text = "no data moved";
        stream->failure.gave_up = true;
        stream->failure.elapsed = plan->idle_timeout;
        return STREAM_ENDED;
    }
    if (result > 0)
        stream->active = watch_now(stream->context->watch);
    /* With SO_OOBINLINE the condition lasts until the mark is passed: report it once. */
    if (notice.urgent && !stream->marked)
        notice_emit(stream, &notice, began);
    stream->marked = notice.urgent && plan->inlined;
    if (!plan->inlined && (notice.urgent || late))
        urgent_take(stream);
    return notice.readable ? data_take(stream) : 0;
}

static int urgent_loop(struct urgent_stream *stream)
{
    struct notifier notifier;
    int64_t began = clock_now();
    bool late = stream->plan->late >= 0;
    int result = 0;
    if (notifier_open(&notifier, stream->context, stream->plan->notify, stream->fd) < 0)
        return stream_fail(stream, notifier.call);
    const char *call = NULL;
    if (late)
        result = urgent_wait_late(stream, &call);
    if (result < 0)
        stream_fail(stream, call);
    stream->active = watch_now(stream->context->watch);
    for (; result == 0; late = false)
        result = urgent_step(stream, &notifier, began, late);
    notifier_close(&notifier);
    return result;
}

int urgent_receive(struct urgent_stream *stream)
{
    cleanup_free char *buffer = malloc(stream->plan->chunk);
    stream->began = clock_now();
    stream->buffer = buffer;
    stream->is_tcp = socket_state(stream->fd) >= 0;
    int result = buffer ? urgent_loop(stream) : stream_fail(stream, "malloc");
    /* If the connection broke before the mark, report the byte anyway. */
    if (stream->held)
        held_release(stream);
    stream->buffer = NULL;
    int state = socket_state(stream->fd);
    call_close(stream->sink, &stream->fd);
    const struct closed closed = {.conn = stream->conn,
        .peer = &stream->peer,
        .state = state,
        .received = stream->received,
        .began = stream->began};
    closed_emit(stream->sink, &closed);
    if (result > 0)
        return result;
    return stream->failure.phase == PHASE_NONE ? 0 : -1;
}
