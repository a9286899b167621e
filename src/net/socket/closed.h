/* SPDX-License-Identifier: ISC */
/* The event that ends a conversation. */
#ifndef NET_SOCKET_CLOSED_H
#define NET_SOCKET_CLOSED_H

#include "base/address.h"
#include "report/event.h"

/* Emits `closed`, after the close: state is that before it, -1 if there is none; sent and received are bytes;
 * began is a time of clock_now(). peer may be NULL. */
void closed_emit(struct sink *sink, unsigned conn, const struct address *peer, int state, uint64_t sent,
    uint64_t received, int64_t began);

#endif
