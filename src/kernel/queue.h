/*
 * The queues of a listening socket: how many connections wait for accept(), how many handshakes are under
 * way, and the counters that move when one of them is full. It needs no privilege.
 */
#ifndef KERNEL_QUEUE_H
#define KERNEL_QUEUE_H

#include "kernel/sockdiag.h"

struct queue_counts {
    int64_t length;      /* connections that wait for accept() */
    int64_t limit;       /* the queue is full when it holds one more than this; listen(2) clamped by
                            net.core.somaxconn */
    int64_t established; /* connections to the listener in ESTABLISHED, waiting or accepted */
    int64_t syn_recv;    /* handshakes whose last ACK is missing */
    int64_t close_wait;  /* of those that wait: their client has sent FIN already */
    int64_t reset;       /* of those that wait: gone by RST already, only accept() still finds them */
    /* Counters of the whole network namespace, since it was made: TcpExt ListenOverflows, ListenDrops,
     * SyncookiesSent. */
    int64_t overflows, drops, cookies;
    bool has_states;   /* established … reset are known: not for a unix socket */
    bool has_counters; /* so are the counters */
};

/* What listen(2) made of the socket fd, bound to local: its state (TCP_LISTEN) and the limit of its accept
 * queue, each -1 where the kernel does not tell. TCP_INFO has both; of a unix socket sock_diag lists them. */
void queue_made(int fd, const struct address *local, int *state, int *limit);

/* Reads the counters alone, for which there need not be a socket yet. */
void queue_counters_read(struct queue_counts *counts);

/*
 * Reads the queues of the listening socket fd, bound to local; a unix stream socket has only length and
 * limit. visit, where it is not NULL, is called for each connection that was not accepted yet, at least once,
 * as sockdiag_each() does. 0, or -1 with errno.
 */
int queue_read(
    int fd, const struct address *local, struct queue_counts *counts, sockdiag_visit *visit, void *data);

#endif
