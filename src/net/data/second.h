/* SPDX-License-Identifier: ISC */
/* --dup: a second descriptor of the same socket, in this process or in a forked one. close() of the first
 * then leaves the connection alone: it ends with its last descriptor. shutdown() acts at once. */
#ifndef NET_DATA_SECOND_H
#define NET_DATA_SECOND_H

#include <sys/types.h>

#include "net/watch/connection.h"
#include "report/event.h"

enum second_kind { SECOND_NONE, SECOND_DUP, SECOND_FORK };

struct second {
    enum second_kind kind;
    int fd;         /* with SECOND_DUP */
    pid_t child;    /* with SECOND_FORK */
    uint64_t inode; /* of the socket */
    struct connection of;
};

/* Makes the second descriptor of a connection. 0, or -1 with errno and nothing made. */
int second_make(
    struct second *second, enum second_kind kind, struct sink *sink, const struct connection *connection);

/* After the first descriptor was closed: emits `kept`, with the state of the connection and its remaining
 * holders, closes the last descriptor, and emits the resulting `state` (followed: the follower does that).
 * Does nothing if there is none (zeroed). */
void second_release(struct second *second, struct sink *sink, bool followed);

#endif
