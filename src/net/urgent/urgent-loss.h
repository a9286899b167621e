/* Urgent bytes that are lost, and how each is reported. */
#ifndef NET_URGENT_URGENT_LOSS_H
#define NET_URGENT_URGENT_LOSS_H

#include "report/event.h"

/* Tells of an urgent byte that no recv(MSG_OOB) can give any more. byte may be NULL: unknown. */
enum urgent_loss {
    LOSS_SUPERSEDED, /* it became ordinary data */
    LOSS_DROPPED,    /* it is gone */
    LOSS_AGAIN,      /* it was read, and comes once more as ordinary data */
    LOSS_ENDED,      /* the connection ended first */
};
void urgent_loss_emit(struct sink *sink, unsigned conn, enum urgent_loss loss, const char *byte);

/* At EOF: what the kernel has received and the known bytes, the urgent ones among them, differ by the urgent
 * bytes that TCP dropped without a word. Tells of each, and returns how many; 0 for what is no TCP. */
uint64_t urgent_drops_tell(struct sink *sink, unsigned conn, int fd, uint64_t known);

#endif
