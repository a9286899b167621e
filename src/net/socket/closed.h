/* SPDX-License-Identifier: ISC */
/* The event that ends a conversation. */
#ifndef NET_SOCKET_CLOSED_H
#define NET_SOCKET_CLOSED_H

#include "base/address.h"
#include "net/watch/times.h"

struct closed {
    unsigned conn;              /* 0: none */
    const struct address *peer; /* NULL: none */
    int state;                  /* before the close; -1: none */
    uint64_t sent, received;    /* bytes */
    int64_t began;              /* a time of clock_now() */
    const struct times *times;  /* of the connect; NULL: the peer connected to us */
};

/* Emits `closed`, after the close, and `times` if the user asked for it. */
void closed_emit(struct sink *sink, const struct closed *closed);

#endif
