/* SPDX-License-Identifier: ISC */
/* What a probe found out; see findings.h. */
#include "net/connect/findings.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/number.h"
#include "kernel/icmp.h"
#include "call/lookup.h"

static const char *const state_words[] = {
    [PROBE_OPEN] = "open",
    [PROBE_CLOSED] = "closed",
    [PROBE_FILTERED] = "filtered",
    [PROBE_UNREACHABLE] = "unreachable",
    [PROBE_SILENT] = "silent",
};

struct findings *findings_new(
    struct sink *sink, const struct probe_plan *plan, const struct address *target, struct probe_tally *tally)
{
    struct findings *findings = calloc(1, sizeof(*findings));
    if (!findings)
        return NULL;
    findings->sink = sink;
    findings->plan = plan;
    findings->target = target;
    findings->tally = tally;
    findings->next_port = ports_next(plan->ports, 0);
    return findings;
}

static struct finding *finding_of(struct findings *findings, unsigned number)
{
    return &findings->ring[number % FINDINGS_MOST];
}

int findings_begin(struct findings *findings)
{
    if (findings->next_port < 0 || findings->begun - findings->emitted == FINDINGS_MOST)
        return -1;
    *finding_of(findings, findings->begun) = (struct finding){.port = (uint16_t)findings->next_port};
    findings->next_port = ports_next(findings->plan->ports, findings->next_port + 1);
    return (int)findings->begun++;
}

int findings_port(const struct findings *findings, unsigned number)
{
    return findings->ring[number % FINDINGS_MOST].port;
}

/* Counts from 1; 0 if there are too many to remember. */
static uint8_t sender_number(struct findings *findings, const struct address *sender)
{
    for (unsigned i = 0; i < findings->sender_count; i++)
        if (address_equal(&findings->senders[i], sender))
            return (uint8_t)(i + 1);
    if (findings->sender_count == SENDERS_MOST)
        return 0;
    findings->senders[findings->sender_count++] = *sender;
    return (uint8_t)findings->sender_count;
}

void findings_note(struct findings *findings, unsigned number, enum probe_state state, int error,
    const struct icmp_error *icmp, int64_t elapsed)
{
    struct finding *finding = finding_of(findings, number);
    int64_t microseconds = elapsed / NS_PER_US;
    finding->state = (uint8_t)state;
    finding->error = (uint8_t)error;
    finding->elapsed = microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds;
    if (icmp && icmp->there) {
        finding->icmp_type = (uint8_t)icmp->type;
        finding->icmp_code = (uint8_t)icmp->code;
        finding->sender = icmp->offender.length ? sender_number(findings, &icmp->offender) : 0;
    }
    findings->tally->done++;
}

static void port_emit(struct findings *findings, const struct finding *finding, enum event_kind kind)
{
    const struct probe_plan *plan = findings->plan;
    const struct servent *entry = NULL;
    char sender[ADDRESS_TEXT_MAX];
    if (!sink_wants(findings->sink, kind))
        return;
    if (!plan->spec->numeric)
        entry = call_getservbyport(
            findings->sink, htons(finding->port), plan->spec->type == SOCK_DGRAM ? "udp" : "tcp");
    bool icmp = finding->icmp_type || finding->sender;
    struct address target = *findings->target;
    address_set_port(&target, finding->port);
    emit(findings->sink, kind, F_INT("port", finding->port), F_TEXT("state", state_words[finding->state]),
        F_FOREIGN("service", entry ? entry->s_name : NULL),
        plan->named ? F_ADDRESS("address", &target) : F_NONE, F_ERRNO(finding->error),
        F_TEXT("icmp",
            icmp ? icmp_name(findings->target->sa.sa_family, finding->icmp_type, finding->icmp_code) : NULL),
        F_TEXT("from", finding->sender
                           ? address_host(&findings->senders[finding->sender - 1], sender, sizeof(sender))
                           : NULL),
        F_TIME("elapsed", finding->elapsed * NS_PER_US));
}

void findings_emit(struct findings *findings, bool all)
{
    struct probe_tally *tally = findings->tally;
    for (; findings->emitted != findings->begun; findings->emitted++) {
        const struct finding *finding = finding_of(findings, findings->emitted);
        if (finding->state == PROBE_UNKNOWN && !all)
            return;
        tally->count[finding->state]++;
        if (!tally->error[finding->state])
            tally->error[finding->state] = finding->error;
        if (finding->state == PROBE_UNKNOWN)
            continue;
        port_emit(findings, finding,
            finding->state == PROBE_OPEN || findings->sink->json ? EVENT_PORT : EVENT_PORT_DETAIL);
    }
}
