/* SPDX-License-Identifier: ISC */
/* connect -z for one address; see probe.h. */
#include "net/connect/probe.h"

#include "base/cleanup.h"
#include "net/socket/open.h"
#include "net/connect/probe-kinds.h"

int probe_run(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally, struct failure *failure)
{
    *tally = (struct probe_tally){.total = ports_count(plan->ports)};
    cleanup_free struct findings *findings = findings_new(context->sink, plan, target, tally);
    if (!findings)
        return failure_fill(failure, PHASE_OTHER, "calloc", NULL, 0);
    int result =
        (plan->spec->type == SOCK_DGRAM ? probe_udp : probe_tcp)(context, plan, target, findings, failure);
    findings_emit(findings, true);
    tally->count[PROBE_UNKNOWN] = tally->total - tally->done;
    return result;
}
