/* --connect-again: connect(2) once more on a socket that is connecting or connected. */
#ifndef NET_CONNECT_AGAIN_H
#define NET_CONNECT_AGAIN_H

#include "base/address.h"
#include "report/event.h"

/* While it is pending: emits `again`, with EALREADY. 1: it is connected by now, which the second call may be
 * the one to say (0); 0: still pending; -1 with errno: it has failed, and this call has taken the error. */
int again_pending(struct sink *sink, int fd, unsigned conn, const struct address *peer);

/* When it is connected: emits `again`, with EISCONN; before that with 0 where no call had yet told of the
 * success. */
void again_connected(struct sink *sink, int fd, unsigned conn, const struct address *peer);

#endif
