/* SPDX-License-Identifier: ISC */
/* What a probe found out; see findings.h. */
#include "net/connect/findings.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/number.h"
#include "kernel/icmp.h"
#include "call/lookup.h"
#include "net/connect/series.h"

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

static uint32_t microseconds(int64_t nanoseconds)
{
    int64_t whole = nanoseconds / NS_PER_US;
    return whole > UINT32_MAX ? UINT32_MAX : (uint32_t)whole;
}

void findings_note(struct findings *findings, unsigned number, enum probe_state state, int error,
    const struct icmp_error *icmp, const struct timing *timing)
{
    struct finding *finding = finding_of(findings, number);
    finding->state = (uint8_t)state;
    finding->error = (uint8_t)error;
    finding->elapsed = microseconds(timing->elapsed);
    finding->late = microseconds(timing->late);
    finding->resent = timing->resent > UINT8_MAX ? UINT8_MAX : (uint8_t)timing->resent;
    if (icmp && icmp->there) {
        finding->icmp_type = (uint8_t)icmp->type;
        finding->icmp_code = (uint8_t)icmp->code;
        finding->sender = icmp->offender.length ? sender_number(findings, &icmp->offender) : 0;
    }
    findings->tally->done++;
}

/* What is reported in any case. */
struct shown {
    struct address target;
    const char *service; /* or NULL */
    const char *icmp, *from;
    char sender[ADDRESS_TEXT_MAX];
};

static void shown_fill(struct shown *shown, struct findings *findings, const struct finding *finding)
{
    const struct spec *spec = findings->plan->spec;
    const struct servent *entry = NULL;
    *shown = (struct shown){.target = *findings->target};
    if (!spec->numeric)
        entry = call_getservbyport(
            findings->sink, htons(finding->port), spec->type == SOCK_DGRAM ? "udp" : "tcp");
    shown->service = entry ? entry->s_name : NULL;
    address_set_port(&shown->target, finding->port);
    if (finding->icmp_type || finding->sender)
        shown->icmp = icmp_name(findings->target->sa.sa_family, finding->icmp_type, finding->icmp_code);
    if (finding->sender)
        shown->from =
            address_host(&findings->senders[finding->sender - 1], shown->sender, sizeof(shown->sender));
}

static void port_emit(struct findings *findings, const struct finding *finding, enum event_kind kind)
{
    struct shown shown;
    if (!sink_wants(findings->sink, kind))
        return;
    shown_fill(&shown, findings, finding);
    emit(findings->sink, kind, F_INT("port", finding->port),
        F_TEXT("state", probe_state_words[finding->state]), F_FOREIGN("service", shown.service),
        findings->plan->named ? F_ADDRESS("address", &shown.target) : F_NONE, F_ERRNO(finding->error),
        F_TEXT("icmp", shown.icmp), F_TEXT("from", shown.from),
        F_ADDRESS("sender", finding->sender ? &findings->senders[finding->sender - 1] : NULL),
        F_TIME("elapsed", finding->elapsed * NS_PER_US),
        finding->resent ? F_INT("resent", finding->resent) : F_NONE,
        finding->late ? F_TIME("late", finding->late * NS_PER_US) : F_NONE);
}

/* One of many probes of the same port. */
static void port_again_emit(struct findings *findings, const struct finding *finding)
{
    struct shown shown;
    char wall[WALL_TEXT_MAX];
    shown_fill(&shown, findings, finding);
    const struct series *series = series_note(findings->plan->series, &shown.target, finding->state,
        finding->elapsed * NS_PER_US, wall_text(wall, sizeof(wall)));
    if (!series)
        return;
    emit(findings->sink, EVENT_PORT_AGAIN, F_TEXT("wall", wall), F_INT("probe", (int64_t)series->probes),
        F_INT("port", finding->port), F_TEXT("state", probe_state_words[finding->state]),
        F_FOREIGN("service", shown.service),
        findings->plan->named ? F_ADDRESS("address", &shown.target) : F_NONE, F_ERRNO(finding->error),
        F_TEXT("icmp", shown.icmp), F_TEXT("from", shown.from),
        F_ADDRESS("sender", finding->sender ? &findings->senders[finding->sender - 1] : NULL),
        F_TIME_FINE("elapsed", finding->elapsed * NS_PER_US),
        finding->resent ? F_INT("resent", finding->resent) : F_NONE,
        finding->late ? F_TIME("late", finding->late * NS_PER_US) : F_NONE,
        F_TEXT("was", probe_state_words[series->was]),
        series->was ? F_TIME("lasted", series->lasted) : F_NONE);
}

static void finding_emit(struct findings *findings, const struct finding *finding)
{
    bool is_news = finding->state == PROBE_OPEN && !findings->plan->until_closed;
    if (findings->plan->series)
        port_again_emit(findings, finding);
    else
        port_emit(findings, finding, is_news || findings->sink->json ? EVENT_PORT : EVENT_PORT_DETAIL);
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
        finding_emit(findings, finding);
    }
}
