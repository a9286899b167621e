/* SPDX-License-Identifier: ISC */
/* Datagrams between a socket and stdin/stdout: keeps their boundaries and reports every new peer. */
#ifndef NET_DATA_DATAGRAMS_H
#define NET_DATA_DATAGRAMS_H

#include "net/data/relay.h"
#include "net/watch/context.h"
#include "net/watch/times.h"

struct datagrams {
    const struct relay_plan *plan;
    const struct context *context;
    int fd;              /* owned: closed by datagrams_run() */
    bool connected;      /* by the kernel, to the one peer; errors come back */
    bool client;         /* has one destination: connected to it, or it is a broadcast or multicast address */
    struct address peer; /* the destination, or the last sender */
    struct address local;
    struct pktinfo pktinfo; /* where the answer to the last sender has to leave from */
    uint64_t sent, received;
    struct times times; /* of the connect */
    struct failure failure;
};

/* Runs until the exchange is over by the rules of sockctl(1), and closes. 0 done, -1 with failure, or the
 * number of a signal. */
int datagrams_run(struct datagrams *datagrams);

#endif
