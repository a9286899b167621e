/* SPDX-License-Identifier: ISC */
/* TCP_FASTOPEN_CONNECT: connect(2) returns 0 and sends nothing; the SYN goes out with the first data
 * (tcp(7)). Only where the kernel has a cookie of the peer; else connect(2) is what it always is. */
#ifndef NET_SOCKET_DEFERRED_H
#define NET_SOCKET_DEFERRED_H

#include <stdbool.h>

#include "net/socket/sockopt.h"
#include "report/event.h"

/* Whether a connect(2) that has returned 0 has sent no SYN yet. */
bool deferred_connect(const struct settings *settings, int fd);

/* Sends the SYN without data: -1 with EINPROGRESS, as a connect(2) without the option. */
int deferred_begin(struct sink *sink, int fd);

#endif
