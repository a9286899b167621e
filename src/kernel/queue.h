/* SPDX-License-Identifier: ISC */
/*
 * The queues of a listening socket: how many connections wait for accept(), how many handshakes are in
 * progress, and the counters that grow if one is full. Needs no privilege.
 */
#ifndef KERNEL_QUEUE_H
#define KERNEL_QUEUE_H

#include "kernel/sockdiag/sockdiag.h"

struct queue_counts {
    int64_t length;      /* connections that wait for accept() */
    int64_t limit;       /* the queue is full at one more than this; net.core.somaxconn clamps that of
                          * listen(2) */
    int64_t established; /* connections to the listener in ESTABLISHED, waiting or accepted */
    int64_t syn_recv;    /* handshakes whose last ACK is missing */
    int64_t close_wait;  /* waiting ones whose client has already sent FIN */
    int64_t reset;       /* waiting ones already gone by RST: only accept() still finds them */
    /* Counters of the whole network namespace, since its creation: TcpExt ListenOverflows, ListenDrops,
     * SyncookiesSent. */
    int64_t overflows, drops, cookies;
    bool has_states;   /* established … reset are known; not for a unix socket */
    bool has_counters; /* overflows … cookies are known */
};

/* What listen(2) made of the socket fd, bound to local: its state (TCP_LISTEN) and the limit of its accept
 * queue, each -1 if unknown. TCP_INFO has both; a unix socket is looked up by sock_diag. */
void queue_made(int fd, const struct address *local, int *state, int *limit);

/* Reads only the counters, which needs no socket. */
void queue_counters_read(struct queue_counts *counts);

/*
 * Reads the queues of the listening socket fd, bound to local; a unix stream socket has only length and
 * limit. visit, if not NULL, is called at least once for each connection not accepted yet, as sockdiag_each()
 * does. 0, or -1 with errno.
 */
int queue_read(
    int fd, const struct address *local, struct queue_counts *counts, sockdiag_visit *visit, void *data);

#endif
