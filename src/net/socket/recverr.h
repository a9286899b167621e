/* SPDX-License-Identifier: ISC */
/* ICMPv6 errors of a connect: with who sent them. */
#ifndef NET_SOCKET_RECVERR_H
#define NET_SOCKET_RECVERR_H

#include "net/socket/sockopt.h"
#include "report/event.h"

/*
 * Asks the kernel to keep the ICMPv6 error that connecting fd to peer may bring; for IPv4 it does so by
 * itself. Does nothing if no cause would be reported, or if the user sets the option. recverr_leave() takes
 * it back once connected: an established connection would end by the first such error (tcp_v6_err() in the
 * kernel).
 */
void recverr_ask(struct sink *sink, int fd, const struct address *peer, const struct settings *settings);
void recverr_leave(struct sink *sink, int fd, const struct address *peer, const struct settings *settings);

#endif
