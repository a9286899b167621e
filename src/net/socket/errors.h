/* SPDX-License-Identifier: ISC */
/* The error queue of a socket: ICMP errors with the datagrams that caused them (IP_RECVERR in ip(7)), and
 * other messages of the kernel. */
#ifndef NET_SOCKET_ERRORS_H
#define NET_SOCKET_ERRORS_H

#include "why/failure.h"
#include "report/event.h"

struct stamps;

/* Empties the queue. show: emits an `icmp` event for each ICMP error, a `cmsg` event for each other item; a
 * `stamp` event instead for each timestamp, if stamps is not NULL. evidence, if not NULL, receives the last
 * ICMP error and the MTU. Returns the number of messages. Reading the queue clears SO_ERROR. */
unsigned errors_take(
    struct sink *sink, int fd, unsigned conn, bool show, struct evidence *evidence, struct stamps *stamps);

/* When a message came in, in nanoseconds of CLOCK_REALTIME; 0: SO_TIMESTAMPNS is off. */
int64_t arrival_find(struct msghdr *message);

/* Reads one message; *destination is where the offending datagram was sent. False if the queue is empty.
 * icmp->there is false if the message is not ICMP. */
bool errors_next(struct sink *sink, int fd, struct icmp_error *icmp, struct address *destination);

/* The same, with the first bytes of that datagram, as many of size as the error quotes: *length. */
bool errors_next_quoted(struct sink *sink, int fd, struct icmp_error *icmp, struct address *destination,
    void *quoted, size_t size, size_t *length);

#endif
