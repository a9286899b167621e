/* SPDX-License-Identifier: ISC */
/* The two kinds of probe that probe_run() chooses from; both give the same results. */
#ifndef NET_CONNECT_PROBE_KINDS_H
#define NET_CONNECT_PROBE_KINDS_H

#include "net/connect/findings.h"
#include "net/watch/context.h"

int probe_tcp(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure);
int probe_udp(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure);

#endif
