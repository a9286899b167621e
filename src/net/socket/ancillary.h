/* SPDX-License-Identifier: ISC */
/* Ancillary data of a message by name and value; see cmsg(3), ip(7), ipv6(7), unix(7), socket(7). */
#ifndef NET_SOCKET_ANCILLARY_H
#define NET_SOCKET_ANCILLARY_H

#include <sys/socket.h>

#include "report/event.h"

/* SCM_MAX_FD of Linux (net/scm.h): sendmsg with more of them fails with EINVAL. */
#define DESCRIPTORS_MAX 253

/* Emits a `cmsg` event for each item of a received message. Received descriptors are reported and closed. */
void ancillary_take(struct sink *sink, unsigned conn, struct msghdr *message);

/* Appends an item to those of a message to be sent, if there is room for it in the control buffer. */
void ancillary_put(struct msghdr *message, size_t room, int level, int type, const void *data, size_t length);

#endif
