/* SPDX-License-Identifier: ISC */
/* Sends segments, ordinary and urgent. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "base/stops.h"
#include "call/call.h"
#include "net/socket/evidence.h"
#include "net/urgent/urgent.h"
#include "net/watch/watch.h"

static int send_fail(struct urgent_sender *sender, const char *call)
{
    /* Only streams support urgent data; the connection is not broken. */
    bool broken = errno != EOPNOTSUPP && strcmp(call, "send") == 0;
    sender->failure = failure_of(broken ? PHASE_STREAM : PHASE_OTHER, call, &sender->peer, 0);
    failure_connection(&sender->failure, sender->conn, &sender->local, sender->sent, 0);
    evidence_collect(sender->sink, sender->fd, &sender->failure);
    return -1;
}

static void segment_emit(const struct urgent_sender *sender, const struct urgent_segment *segment,
    size_t done, int flags, ssize_t result)
{
    int error = result < 0 ? errno : 0;
    const char *bytes = segment->bytes + done;
    emit(sender->sink, EVENT_SEGMENT, F_CONN(sender->conn), F_BYTES("bytes", bytes, segment->length - done),
        F_INT("length", (int64_t)(segment->length - done)), F_FLAGS("flags", names_msg, flags),
        F_INT("result", result), F_ERRNO(error),
        segment->urgent && result > 0 ? F_BYTES("urgent", bytes + result - 1, 1) : F_NONE);
}

int urgent_segment_send(struct urgent_sender *sender, const struct urgent_segment *segment)
{
    size_t done = 0;
    unsigned tries = 0;
    do {
        int flags = sender->flags | (segment->urgent ? MSG_OOB : 0) | (segment->more ? MSG_MORE : 0);
        ssize_t result =
            call_send(sender->sink, sender->fd, segment->bytes + done, segment->length - done, flags);
        bool again = result < 0 && passes(&tries);
        if (!again)
            segment_emit(sender, segment, done, flags, result);
        if (result >= 0) {
            tries = 0;
            done += (size_t)result;
            sender->sent += (uint64_t)result;
            sender->flags &= ~MSG_FASTOPEN; /* EISCONN on a connection that is established */
            watch_look(sender->context);
            continue;
        }
        if (!again)
            return send_fail(sender, "send");
        struct pollfd fds[] = {
            {.fd = sender->fd, .events = POLLOUT}, {.fd = sender->context->stop_fd, .events = POLLIN}};
        int ready = watch_poll(sender->context, EVENT_DATA_CALL, fds, array_size(fds), INT64_MAX);
        if (ready < 0)
            return send_fail(sender, "poll");
        if (ready > 0 && fds[1].revents)
            return stop_read(sender->context->stop_fd);
    } while (done < segment->length);
    return 0;
}
