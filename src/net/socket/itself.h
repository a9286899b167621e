/* A socket that is connected to itself. Where nothing is bound to the target, the kernel may choose that very
 * port as the local one: a SYN then meets the socket that sent it, which is a handshake (RFC 9293, section
 * 3.5), and a datagram comes back to its sender. */
#ifndef NET_SOCKET_ITSELF_H
#define NET_SOCKET_ITSELF_H

#include <stdbool.h>

#include "base/address.h"
#include "report/event.h"

/* What a failure says of it. */
#define ITSELF_TEXT "the socket was connected to itself"

/* Whether a socket that was connected to target (where a wildcard stands for loopback) is its own peer. errno
 * is kept. */
bool itself_connected(int fd, const struct address *target);

/* The same; to be asked where the local port was the kernel's choice. Since
 * the kernel never chooses a port that is bound already, nothing else is there: the target has refused
 * (errno ECONNREFUSED). A stream is then made to close by RST: the TIME_WAIT of such a connection would keep
 * the service off its port. */
bool itself_refused(struct sink *sink, int fd, const struct address *target);

#endif
