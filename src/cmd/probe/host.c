/* SPDX-License-Identifier: ISC */
/* One look at the ports of a host: its names resolved, each port probed, one line a port and a summary. */
#include "cmd/probe/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/progress.h"
#include "call/lookup.h"

struct services {
    struct sink *sink;
    const char *protocol;
};

static int service_port(void *context, const char *name)
{
    const struct services *services = context;
    const struct servent *entry = call_getservbyname(services->sink, name, services->protocol);
    return entry ? ntohs((uint16_t)entry->s_port) : -1;
}

static int services_fail(struct failure *failure, const char *name)
{
    *failure = failure_of(PHASE_RESOLVE, "getservbyname", NULL, 0);
    failure_lookup(failure, name, EAI_SERVICE, 0);
    return -1;
}

static void summary_emit(struct sink *sink, const struct spec *spec, const struct address *target,
    const struct probe_tally *tally, int64_t elapsed)
{
    const unsigned *count = tally->count;
    bool datagram = spec->type == SOCK_DGRAM;
    char host[ADDRESS_TEXT_MAX];
    emit(sink, EVENT_SUMMARY, F_TEXT("host", address_host(target, host, sizeof(host))),
        F_INT("ports", tally->total), F_INT("open", count[PROBE_OPEN]), F_INT("closed", count[PROBE_CLOSED]),
        datagram ? F_NONE : F_INT("filtered", count[PROBE_FILTERED]),
        F_INT("unreachable", count[PROBE_UNREACHABLE]),
        datagram ? F_INT("silent", count[PROBE_SILENT]) : F_NONE,
        count[PROBE_UNKNOWN] ? F_INT("unknown", count[PROBE_UNKNOWN]) : F_NONE, F_TIME("elapsed", elapsed));
}

static void tally_add(struct probe_tally *sum, const struct probe_tally *tally)
{
    sum->total += tally->total;
    sum->done += tally->done;
    for (size_t i = 0; i < PROBE_STATES; i++) {
        sum->count[i] += tally->count[i];
        sum->error[i] = sum->error[i] ? sum->error[i] : tally->error[i];
    }
}

struct probe_view {
    const struct probe_tally *tally;
    int64_t began;
};

static void view_text(const void *what, char *text, size_t size)
{
    const struct probe_view *view = what;
    const struct probe_tally *tally = view->tally;
    char time[DURATION_TEXT_MAX];
    int64_t elapsed = clock_now() - view->began;
    if (tally->total == 1) {
        snprintf(text, size, "no answer so far, after %s", duration_text(elapsed, time, sizeof(time)));
        return;
    }
    int used = snprintf(text, size, "%u of %u ports", tally->done, tally->total);
    if (tally->done == 0 || used < 0)
        return;
    duration_text(elapsed / tally->done * (tally->total - tally->done), time, sizeof(time));
    snprintf(text + used, size - (size_t)used, ", %.0f a second, %s left",
        (double)tally->done * 1e9 / (double)(elapsed > 0 ? elapsed : 1), time);
}

/* As the state of a port at one address says nothing of the same port at the others. */
static void left_out_emit(struct sink *sink, const struct spec *spec, size_t count)
{
    char text[128];
    if (count == 0)
        return;
    snprintf(text, sizeof(text), "%zu more %s of this name %s not probed; --all probes all", count,
        count == 1 ? "address" : "addresses", count == 1 ? "was" : "were");
    emit(sink, EVENT_WARNING, F_WARNING(ADDRESSES_LEFT_OUT), F_TEXT("text", text),
        F_FOREIGN("name", spec->host), F_INT("count", (int64_t)count));
}

static int target_probe(const struct context *context, const struct probe_host *host,
    const struct address *target, struct found *found)
{
    struct probe_plan own = host->plan;
    own.source = target_source(own.spec, &host->sources, target);
    struct progress progress;
    struct probe_view view = {.tally = &found->tally, .began = clock_now()};
    struct address peer = *target;
    *found = (struct found){.failure = {.phase = PHASE_NONE}, .target = *target};
    address_set_port(&peer, ports_next(own.ports, 0));
    progress_start(&progress, context, view_text, &view);
    int result = probe_run(context, &own, &peer, &found->tally, &found->failure);
    progress_end(&progress);
    return result;
}

static bool is_better(const struct found *found, const struct found *best)
{
    return best->failure.phase == PHASE_NONE ||
           (found->failure.phase != PHASE_NONE &&
               failure_class(&found->failure) < failure_class(&best->failure));
}

/* Looks that are made until a port is open or closed say nothing before that, and the series of --every has a
 * summary of its own. */
static bool is_summed(const struct probe_plan *plan, const struct found *found)
{
    bool open = found->tally.count[PROBE_OPEN] > 0;
    return !plan->series && (plan->until_closed ? !open : !plan->waits || open);
}

/* One port of a name with several addresses: one that is open suffices, as for a plain connect. */
static int any_probe(const struct context *context, const struct probe_host *host, struct found *found)
{
    const struct probe_plan *plan = &host->plan;
    const struct targets *targets = &host->targets;
    int64_t began = clock_now();
    int result = 0;
    for (size_t i = 0; i < targets->count && result == 0; i++) {
        struct found one;
        result = target_probe(context, host, &targets->items[i], &one);
        bool is_open = one.tally.count[PROBE_OPEN] > 0;
        if (i == 0 || result != 0 || is_open || is_better(&one, found))
            *found = one;
        if (is_open)
            break;
    }
    if (result >= 0 && is_summed(plan, found))
        summary_emit(context->sink, plan->spec, &found->target, &found->tally, clock_now() - began);
    return result;
}

/* Every address, or the only one. */
static int each_probe(const struct context *context, const struct probe_host *host, struct found *found)
{
    const struct probe_plan *plan = &host->plan;
    const struct targets *targets = &host->targets;
    struct probe_tally sum = {.total = 0};
    int result = 0;
    for (size_t i = 0; i < targets->count && result == 0; i++) {
        int64_t began = clock_now();
        result = target_probe(context, host, &targets->items[i], found);
        if (result >= 0 && is_summed(plan, found))
            summary_emit(context->sink, plan->spec, &targets->items[i], &found->tally, clock_now() - began);
        tally_add(&sum, &found->tally);
    }
    found->tally = sum;
    found->target = targets->items[0];
    return result;
}

int probe_host_find(const struct context *context, const struct probe_options *options,
    const struct spec *spec, bool reset, int64_t limit, struct series_list *series, struct probe_host *host,
    struct failure *failure)
{
    struct services services = {.sink = context->sink, .protocol = spec->type == SOCK_DGRAM ? "udp" : "tcp"};
    char error[512];
    *host = (struct probe_host){.plan = {.spec = NULL}};
    *failure = (struct failure){.phase = PHASE_NONE};
    errno = 0;
    if (!probe_options_ports(options, &host->ports, service_port, &services, error, sizeof(error)))
        return errno == ENOMEM ? failure_fill(failure, PHASE_OTHER, "strdup", NULL, 0)
                               : services_fail(failure, options->words[0]);
    limit = time_earlier(limit, targets_limit(context, spec));
    if (targets_of(context, spec, limit, &host->targets, &host->sources, failure) < 0)
        return -1;
    host->any = !options->all && host->targets.count > 1 && ports_count(&host->ports) == 1;
    host->left_out = options->all || host->any ? 0 : host->targets.count - 1;
    if (host->left_out > 0)
        targets_choose(context->sink, &host->targets);
    host->plan = (struct probe_plan){.spec = spec,
        .ports = &host->ports,
        .parallel = (unsigned)options->parallel,
        .data = options->data,
        .length = options->length,
        .reset = reset,
        .named = host->targets.count > 1,
        .waits = options->until || spec->retry >= 0,
        .until_closed = options->until == PROBE_UNTIL_CLOSED,
        .series = series};
    if (series)
        left_out_emit(context->sink, spec, host->left_out);
    return 0;
}

void probe_host_free(struct probe_host *host)
{
    targets_free(&host->targets);
    targets_free(&host->sources);
}

int probe_host_look(const struct context *context, const struct probe_host *host, struct found *found)
{
    *found = (struct found){.failure = {.phase = PHASE_NONE}};
    int result = (host->any ? any_probe : each_probe)(context, host, found);
    if (result >= 0 && is_summed(&host->plan, found))
        left_out_emit(context->sink, host->plan.spec, host->left_out);
    return result;
}
