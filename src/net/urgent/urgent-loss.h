/* SPDX-License-Identifier: ISC */
/* Urgent bytes that are lost, and how each is reported. */
#ifndef NET_URGENT_URGENT_LOSS_H
#define NET_URGENT_URGENT_LOSS_H

#include "report/event.h"

/* Reports an urgent byte that recv(MSG_OOB) can no longer return. byte may be NULL: unknown. */
enum urgent_loss {
    LOSS_SUPERSEDED, /* it became ordinary data */
    LOSS_DROPPED,    /* it is gone */
    LOSS_AGAIN,      /* it was read, and arrives again as ordinary data */
    LOSS_ENDED,      /* the connection ended first */
};
void urgent_loss_emit(struct sink *sink, unsigned conn, enum urgent_loss loss, const char *byte);

/* At EOF: if the kernel received more bytes than are known, urgent ones included, TCP dropped the difference
 * silently. Reports each, and returns how many; 0 if the socket is not TCP. */
uint64_t urgent_drops_emit(struct sink *sink, unsigned conn, int fd, uint64_t known);

#endif
