/* SPDX-License-Identifier: ISC */
/* Whether a connection was established, though it has ended or an error waits by the time it is looked at: a
 * peer may accept, send and reset between two calls of a program that is stopped or starved. */
#ifndef NET_SOCKET_HANDSHAKE_H
#define NET_SOCKET_HANDSHAKE_H

#include <stdbool.h>

#include "report/event.h"

/* Whether a TCP socket is or was connected: the peer has acknowledged the SYN. connect(2) called once more
 * clears what it goes by. */
bool handshake_passed(int fd);

/* Whether the other end of a connected TCP or unix socket is on this host and has not been accepted yet. */
bool handshake_is_queued(int fd);

/*
 * Ends a non-blocking connect(2) that poll() has reported. Returns 0 if the socket is connected, or was and
 * the peer's data or FIN can still be read; else the errno of the failure. In front of data that can still be
 * read, SO_ERROR is left alone: it is recv()'s to report. What ICMP said of a connection that is established
 * all the same is emitted.
 */
int handshake_end(struct sink *sink, int fd, unsigned conn);

#endif
