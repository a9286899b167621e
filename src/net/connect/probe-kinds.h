/* The two kinds of probe that probe_run() chooses from; both give the same results. */
#ifndef NET_CONNECT_PROBE_KINDS_H
#define NET_CONNECT_PROBE_KINDS_H

#include "net/connect/findings.h"

int probe_tcp(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure);
int probe_udp(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure);

#endif
