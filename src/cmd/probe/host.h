/* SPDX-License-Identifier: ISC */
/* One look at the ports of a host. */
#ifndef CMD_PROBE_HOST_H
#define CMD_PROBE_HOST_H

#include "cmd/probe/probe.h"
#include "net/connect/probe.h"
#include "net/socket/target.h"

/* What is probed: ports of addresses. Empty when zeroed; its plan borrows from it, so it is not copied. */
struct probe_host {
    struct ports ports;
    struct targets targets, sources;
    struct probe_plan plan;
    size_t left_out; /* addresses of the name */
    bool any;        /* one port of a name with several addresses: one that is open suffices */
};

/* What came of it: the ports of its addresses, and the failure of a single port. */
struct found {
    struct probe_tally tally;
    struct failure failure;
    struct address target; /* the address that the verdict is about */
};

/* Resolves the names of the options, until limit (of watch_now()) at the latest; reset and series as in
 * struct probe_plan. 0, or -1 with *failure. The caller calls probe_host_free() in each case. */
int probe_host_find(const struct context *context, const struct probe_options *options,
    const struct spec *spec, bool reset, int64_t limit, struct series_list *series, struct probe_host *host,
    struct failure *failure);
void probe_host_free(struct probe_host *host);

/* Probes each port once. 0 done, -1 with found->failure, or the number of a signal. */
int probe_host_look(const struct context *context, const struct probe_host *host, struct found *found);

#endif
