/*
 * connect -z: which ports of an address are open, many at once. TCP by connect(2), UDP by a datagram and what
 * comes of it. Memory and descriptors do not grow with the number of ports; the ports are told in order.
 */
#ifndef NET_CONNECT_PROBE_H
#define NET_CONNECT_PROBE_H

#include "base/ports.h"
#include "why/failure.h"
#include "net/socket/spec.h"

enum probe_state {
    PROBE_UNKNOWN,     /* not known yet */
    PROBE_OPEN,        /* connected; UDP: answered */
    PROBE_CLOSED,      /* RST; UDP: ICMP port unreachable from the target itself */
    PROBE_FILTERED,    /* no answer in time */
    PROBE_UNREACHABLE, /* ICMP, or an errno of this host */
    PROBE_SILENT,      /* UDP: no answer, which says no more than that */
    PROBE_STATES
};

struct probe_plan {
    const struct spec *spec; /* connect_timeout: of each port; -1: from the round trip */
    const struct ports *ports;
    struct address source; /* length 0: the kernel's choice */
    unsigned parallel;     /* so many at once; 0: the default */
    const char *data;      /* of a UDP probe */
    size_t length;
    bool reset; /* open connections end by RST instead of FIN */
    bool named; /* the address is told with each port */
};

/* How far it is; read by whoever shows the progress. */
struct probe_tally {
    unsigned count[PROBE_STATES]; /* of ports that were told */
    unsigned done, total;
    int error[PROBE_STATES]; /* the first errno of a state, or 0 */
};

/* Probes one address. 0 done, -1 with *failure, or the number of the signal that stopped it; the ports known
 * by then are told in each case. A single port that is not open fills *failure too, with its evidence, and
 * still returns 0. */
int probe_run(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally, struct failure *failure);

#endif
