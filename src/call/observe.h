/* SPDX-License-Identifier: ISC */
/* What a socket says of itself. Looking is not a step of a conversation, so these calls are never reported,
 * and the tests exempt them from the trace by name. All keep errno. */
#ifndef CALL_OBSERVE_H
#define CALL_OBSERVE_H

#include <stdint.h>

#include "base/address.h"

/* The TCP state as TCP_INFO says it now; -1 if it is not a TCP socket. */
int socket_state(int fd);
/* SO_TYPE, SO_DOMAIN; -1 if it is not a socket. */
int socket_type(int fd);
int socket_family(int fd);
/* Any option that is an int; -1 if it cannot be read. */
int socket_option(int fd, int level, int option);
/* SO_COOKIE; 0 if it cannot be read. */
uint64_t socket_cookie(int fd);
/* SO_NETNS_COOKIE (Linux 5.14); 0 if it cannot be read. */
uint64_t socket_netns(int fd);
/* Datagrams dropped for lack of room: SK_MEMINFO_DROPS of SO_MEMINFO (Linux 4.12); -1 if it cannot be
 * read. */
int64_t socket_drops(int fd);
/* Its own address, and its peer's; length 0 if there is none. */
struct address socket_local(int fd);
struct address socket_peer(int fd);
/* Bytes that the peer has not acknowledged (SIOCOUTQ); -1 if unknown. */
int socket_output_queued(int fd);
/* Bytes waiting to be read (SIOCINQ); -1 if unknown. */
int socket_input_queued(int fd);

#endif
