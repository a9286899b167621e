/* SPDX-License-Identifier: ISC */
/* --timestamps: when the kernel handed what was sent to the device, when it was acknowledged, and when what
 * was received came in: SO_TIMESTAMPING, timestamping.rst in the kernel's documentation. */
#ifndef NET_WATCH_STAMPS_H
#define NET_WATCH_STAMPS_H

#include <sys/socket.h>

#include "report/event.h"

/* Sends whose stamps are remembered, to say how long the next step took. */
#define STAMPS_KEPT 256

/* Of all connections of a command. Zeroed at first. */
struct stamps {
    bool datagrams; /* what is counted: datagrams, else bytes of a stream */
    struct stamp {
        unsigned conn;
        uint32_t key; /* ee_data: number of the datagram, or offset of the last byte, from 0 */
        int64_t steps[3];
    } kept[STAMPS_KEPT];
    size_t next;
};

/* The flags for SO_TIMESTAMPING, as its C names. */
extern const char stamps_flags[];

/* Emits a message of the error queue whose origin is SO_EE_ORIGIN_TIMESTAMPING: step is its ee_info. False if
 * it has no stamp. */
bool stamp_sent_emit(struct stamps *stamps, struct sink *sink, unsigned conn, struct msghdr *message,
    uint32_t step, uint32_t key);

/* Emits when that came in which recvmsg() returned, if it has a stamp. */
void stamp_received_emit(struct sink *sink, unsigned conn, struct msghdr *message, ssize_t length);

#endif
