/* SPDX-License-Identifier: ISC */
/* A socket that is connected to itself. If nothing is bound to the target, the kernel may choose that very
 * port as the local one: a SYN then meets the socket that sent it, which is a valid handshake (RFC 9293,
 * section 3.5), and a datagram comes back to its sender. */
#ifndef NET_SOCKET_ITSELF_H
#define NET_SOCKET_ITSELF_H

#include <stdbool.h>

#include "base/address.h"
#include "report/event.h"

/* The text of such a failure. */
#define ITSELF_TEXT "the socket was connected to itself"

/* Whether a socket connected to target (a wildcard stands for loopback) is its own peer. Keeps errno. */
bool itself_connected(int fd, const struct address *target);

/* As above, for a local port chosen by the kernel. The kernel never chooses a port that is already bound, so
 * nothing listens there: the target has refused (errno ECONNREFUSED). A stream is then set to close by RST:
 * the TIME_WAIT of such a connection would keep the service off its port. */
bool itself_refused(struct sink *sink, int fd, const struct address *target);

#endif
