/* The error queue of a socket: ICMP errors with the datagram that caused them (IP_RECVERR in ip(7)), and
 * other notes of the kernel. */
#ifndef NET_SOCKET_ERRORS_H
#define NET_SOCKET_ERRORS_H

#include "why/failure.h"
#include "report/event.h"

/* Empties the queue. tell: an `icmp` event each, a `cmsg` event for what is no ICMP. evidence, where it is
 * not NULL, keeps the last ICMP error and the MTU. Returns how many there were. Reading the queue clears
 * SO_ERROR. */
unsigned errors_take(struct sink *sink, int fd, unsigned conn, bool tell, struct evidence *evidence);

/* Takes one message of the queue, and whom the datagram was for that caused it; false when there is none.
 * icmp->there is false for what is no ICMP. */
bool errors_next(struct sink *sink, int fd, struct icmp_error *icmp, struct address *destination);

#endif
