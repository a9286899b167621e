/* listen -k: many connections at once. */
#ifndef NET_LISTEN_CROWD_H
#define NET_LISTEN_CROWD_H

#include "net/data/relay.h"
#include "net/listen/serve.h"

struct crowd_plan {
    unsigned max_conns;    /* at once; 0: no limit */
    unsigned accept_count; /* then done; 0: for ever */
    int64_t accept_delay;  /* nanoseconds before each accept; 0: none */
    /* Tells of a connection that failed, which changes nothing for the others. */
    void (*failed)(struct sink *sink, unsigned conn, const struct failure *failure);
};

/* Serves until accept_count connections have ended, or the user stops it. What they send goes to stdout as it
 * comes (or where relay->io says); stdin is not read. 0 done, -1 with *failure, or the number of a signal. */
int crowd_run(struct sink *sink, const struct spec *spec, const struct relay_plan *relay,
    const struct crowd_plan *plan, struct server *server, struct failure *failure);

#endif
