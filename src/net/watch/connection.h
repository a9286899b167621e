/* SPDX-License-Identifier: ISC */
/* A connected socket, as the events name it. */
#ifndef NET_WATCH_CONNECTION_H
#define NET_WATCH_CONNECTION_H

#include "net/watch/times.h"

struct connection {
    int fd;
    unsigned conn; /* its number, from 1 */
    struct address peer, local;
    struct times times; /* of the connect; zeroed if the peer connected */
};

#endif
