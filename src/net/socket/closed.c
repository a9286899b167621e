/* SPDX-License-Identifier: ISC */
/* The event that ends a conversation. */
#include "net/socket/closed.h"

#include "base/number.h"

void closed_emit(struct sink *sink, unsigned conn, const struct address *peer, int state, uint64_t sent,
    uint64_t received, int64_t began)
{
    emit(sink, EVENT_CLOSED, F_CONN(conn), F_ADDRESS("peer", peer), F_STATE("state", state),
        F_COUNT("sent", sent), F_COUNT("received", received), F_TIME("duration", clock_now() - began));
}
