/* SPDX-License-Identifier: ISC */
/* listen -k: serves many connections at once. */
#ifndef NET_LISTEN_CROWD_H
#define NET_LISTEN_CROWD_H

#include "net/data/relay.h"
#include "net/listen/serve.h"

struct crowd_plan {
    unsigned max_conns;    /* the most at once; 0: no limit */
    unsigned accept_count; /* stop after this many; 0: never */
    int64_t accept_delay;  /* nanoseconds before each accept; 0: none */
    /* Reports a connection that failed; the others go on. */
    void (*failed)(struct sink *sink, unsigned conn, const struct failure *failure);
};

/* Serves until accept_count connections have ended or the user stops it. What they send goes to stdout
 * as it arrives (or where relay->io says); stdin is not read. 0 done, -1 with *failure, or the number
 * of a signal. */
int crowd_run(const struct context *context, const struct spec *spec, const struct relay_plan *relay,
    const struct crowd_plan *plan, struct server *server, struct failure *failure);

#endif
