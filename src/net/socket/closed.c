/* SPDX-License-Identifier: ISC */
/* The event that ends a conversation. */
#include "net/socket/closed.h"

#include "base/number.h"

void closed_emit(struct sink *sink, const struct closed *closed)
{
    const struct times unknown = {.began = 0}, *times = closed->times ? closed->times : &unknown;
    const struct times_fields fields = times_fields(times, false);
    emit(sink, EVENT_CLOSED, F_CONN(closed->conn), F_ADDRESS("peer", closed->peer),
        F_STATE("state", closed->state), F_COUNT("sent", closed->sent), F_COUNT("received", closed->received),
        F_TIME("duration", clock_now() - closed->began), F_TIMES_OF(fields));
    if (times->shown)
        times_emit(sink, closed->conn, closed->peer, times);
}
