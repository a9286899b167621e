/* SPDX-License-Identifier: ISC */
/* --connect-again: connect(2) once more on a socket that is connecting or connected. */
#ifndef NET_CONNECT_AGAIN_H
#define NET_CONNECT_AGAIN_H

#include "base/address.h"
#include "report/event.h"

/* Calls connect(2) while the connection is pending and emits `again`, with EALREADY. Returns 1 if the
 * connection is established by now (this call may be the first to report it, with 0), 0 if it is still
 * pending, -1 with errno if it failed: this call has then consumed the error. */
int again_pending(struct sink *sink, int fd, unsigned conn, const struct address *peer);

/* Calls connect(2) on a connected socket and emits `again`, with EISCONN; first with 0 if no call has
 * reported the success yet. */
void again_connected(struct sink *sink, int fd, unsigned conn, const struct address *peer);

#endif
