/* SPDX-License-Identifier: ISC */
/*
 * connect -z: finds which ports of an address are open, many at once. TCP with connect(2), UDP with a
 * datagram to each port. Memory and descriptors do not grow with the number of ports; results are reported in
 * order.
 */
#ifndef NET_CONNECT_PROBE_H
#define NET_CONNECT_PROBE_H

#include "base/ports.h"
#include "net/connect/probe-state.h"
#include "why/failure.h"
#include "net/socket/spec.h"
#include "net/watch/context.h"

struct series_list;

struct probe_plan {
    const struct spec *spec; /* connect_timeout: per port; -1: derived from the round trip */
    const struct ports *ports;
    struct address source; /* length 0: the kernel's choice */
    unsigned parallel;     /* the most at once; 0: the default */
    const char *data;      /* of a UDP probe */
    size_t length;
    bool reset;                 /* close open connections with RST instead of FIN */
    bool named;                 /* report the address with each port */
    bool waits;                 /* looks until something changes: only the last look is news */
    bool until_closed;          /* looks until no port is open, so that a look that finds one is a detail */
    struct series_list *series; /* of repeated probes, each of which is reported; NULL: a single look */
};

/* The results so far; the progress line reads them. */
struct probe_tally {
    unsigned count[PROBE_STATES]; /* of the ports reported */
    unsigned done, total;
    int error[PROBE_STATES]; /* the first errno of a state, or 0 */
};

/* Probes one address. 0 done, -1 with *failure, or the number of the signal that stopped it; the results
 * known by then are reported in each case. If the only port is not open, *failure is filled too, with its
 * evidence, and the result is still 0. */
int probe_run(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally, struct failure *failure);

#endif
