/* SPDX-License-Identifier: ISC */
/* connect -z: probes the ports of a host; prints one line per port on stdout, and a summary. */
#include "cmd/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/options/operands.h"
#include "cmd/outcome.h"
#include "cmd/progress.h"
#include "cmd/stop.h"
#include "call/lookup.h"
#include "net/connect/probe.h"
#include "net/socket/target.h"

#define FIELD(member) offsetof(struct probe_options, member)
const struct option_row probe_rows[] = {
    {'z', "probe", NULL, "show which ports are open; PORT may be a list: 22,80,8000-8100,http",
        .type = OPTION_TRUE, .offset = FIELD(on)},
    {0, "parallel", "N", "with -z: at most N ports at once", .type = OPTION_INT, .minimum = 1,
        .maximum = 60000, .offset = FIELD(parallel)},
    {0, "all", NULL, "with -z: every address of the name, not only the first that has a route",
        .type = OPTION_TRUE, .offset = FIELD(all)},
    {0, "data", "TEXT", "with -z -u: the datagram to send, with C escapes (default: empty)",
        .type = OPTION_TEXT, .offset = FIELD(data)},
    {.type = OPTION_END},
};

static bool data_decode(struct probe_options *options)
{
    if (!options->data)
        return true;
    int length = text_unescape(options->data, strlen(options->data) + 1, options->data);
    options->length = length < 0 ? 0 : (size_t)length;
    return length >= 0;
}

/* Each operand behind the host is a list of ports. */
static bool words_parse(const struct probe_options *options, struct ports *ports,
    int (*service)(void *context, const char *name), void *context, char *error, size_t size)
{
    for (int i = 0; i < options->count; i++)
        if (!ports_parse(ports, options->words[i], service, context, error, size))
            return false;
    return true;
}

int probe_options_plan(struct probe_options *options, struct spec *spec, int argc, char **argv)
{
    struct ports ports = {.bits = {0}};
    char error[512];
    const char *unused = options->parallel ? "parallel"
                         : options->all    ? "all"
                         : options->data   ? "data"
                                           : NULL;
    if (!options->on)
        return unused ? usage_error("--%s needs -z", unused) : EXIT_DONE;
    if (spec->family == AF_UNIX)
        return usage_error("-z: a unix socket has no ports");
    if (options->data && spec->type != SOCK_DGRAM)
        return usage_error("--data needs -u: only UDP ports are sent data");
    if (!data_decode(options))
        return usage_error("--data '%s': invalid escape (see unvis(3))", options->data);
    const char *first;
    int status = operands_take(argc < 2 ? argc : 2, argv, false, &spec->host, &first);
    if (status != EXIT_DONE)
        return status;
    options->words = argc < 2 ? &options->first : argv + 1;
    options->words[0] = (char *)first;
    options->count = argc < 2 ? 1 : argc - 1;
    return words_parse(options, &ports, NULL, NULL, error, sizeof(error)) ? EXIT_DONE
                                                                          : usage_error("%s", error);
}

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

/* Without --all, chooses the first address with a route; if there is none the first, to report why. */
static void targets_choose(struct sink *sink, struct targets *targets)
{
    struct address from;
    size_t chosen = 0;
    while (chosen < targets->count && address_source(sink, &targets->items[chosen], &from) < 0)
        chosen++;
    if (chosen < targets->count)
        targets->items[0] = targets->items[chosen];
    targets->count = 1;
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

/* The exit status of the results: the table for several targets in sockctl(1). */
static int tally_status(const struct probe_tally *tally)
{
    const unsigned *count = tally->count;
    return count[PROBE_OPEN]                              ? EXIT_DONE
           : count[PROBE_CLOSED]                          ? EXIT_REFUSED
           : count[PROBE_FILTERED] || count[PROBE_SILENT] ? EXIT_TIMEOUT
           : count[PROBE_UNREACHABLE]                     ? EXIT_UNREACHABLE
                                                          : EXIT_OTHER;
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

/* The error that stands for ports of which none is open. */
static int tally_error(const struct probe_tally *tally)
{
    static const int kinds[] = {PROBE_CLOSED, PROBE_FILTERED, PROBE_UNREACHABLE};
    for (size_t i = 0; i < array_size(kinds); i++)
        if (tally->error[kinds[i]])
            return tally->error[kinds[i]];
    return ETIMEDOUT;
}

/* The verdict if no port is open; a single port has its own failure and evidence. */
static int verdict_finish(struct sink *sink, bool datagram, const struct probe_tally *tally,
    const struct address *target, const struct failure *failure)
{
    int status = tally_status(tally);
    char text[64], host[ADDRESS_TEXT_MAX];
    if (status == EXIT_DONE)
        return status;
    if (tally->total == 1 && failure->phase != PHASE_NONE) {
        failure_emit(sink, 0, failure);
        return status;
    }
    snprintf(text, sizeof(text), "none of %u ports is open", tally->total);
    emit(sink, EVENT_FAILED, F_TEXT("call", datagram ? "sendto" : "connect"),
        F_TEXT("name", address_host(target, host, sizeof(host))), F_ERRNO(tally_error(tally)),
        F_TEXT("text", text));
    return status;
}

struct probe_view {
    const struct probe_tally *tally;
    int64_t began;
};

static void view_text(const void *what, char *text, size_t size)
{
    const struct probe_view *view = what;
    const struct probe_tally *tally = view->tally;
    char left[DURATION_TEXT_MAX] = "?";
    int64_t elapsed = clock_now() - view->began;
    if (tally->done)
        duration_text(elapsed / tally->done * (tally->total - tally->done), left, sizeof(left));
    snprintf(text, size, "%u of %u ports, %.0f a second, %s left", tally->done, tally->total,
        (double)tally->done * 1e9 / (double)(elapsed > 0 ? elapsed : 1), left);
}

/* What came of probing a host: the ports of its addresses, and the failure of a single port. */
struct found {
    struct probe_tally tally;
    struct failure failure;
    struct address target; /* the address that the verdict is about */
};

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

static int target_probe(const struct context *context, const struct probe_plan *plan,
    const struct targets *sources, const struct address *target, struct found *found)
{
    struct probe_plan own = *plan;
    own.source = target_source(plan->spec, sources, target);
    struct progress progress;
    struct probe_view view = {.tally = &found->tally, .began = clock_now()};
    struct address peer = *target;
    *found = (struct found){.failure = {.phase = PHASE_NONE}, .target = *target};
    address_set_port(&peer, ports_next(plan->ports, 0));
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

/* --retry says nothing of the rounds that found nothing. */
static bool is_final(const struct probe_plan *plan, const struct found *found)
{
    return plan->spec->retry < 0 || found->tally.count[PROBE_OPEN] > 0;
}

/* One port of a name with several addresses: one that is open suffices, as for a plain connect. */
static int any_probe(const struct context *context, const struct probe_plan *plan,
    const struct targets *targets, const struct targets *sources, struct found *found)
{
    int64_t began = clock_now();
    int result = 0;
    for (size_t i = 0; i < targets->count && result == 0; i++) {
        struct found one;
        result = target_probe(context, plan, sources, &targets->items[i], &one);
        bool is_open = one.tally.count[PROBE_OPEN] > 0;
        if (i == 0 || result != 0 || is_open || is_better(&one, found))
            *found = one;
        if (is_open)
            break;
    }
    if (result >= 0 && is_final(plan, found))
        summary_emit(context->sink, plan->spec, &found->target, &found->tally, clock_now() - began);
    return result;
}

/* Every address, or the only one. */
static int each_probe(const struct context *context, const struct probe_plan *plan,
    const struct targets *targets, const struct targets *sources, struct found *found)
{
    struct probe_tally sum = {.total = 0};
    int result = 0;
    for (size_t i = 0; i < targets->count && result == 0; i++) {
        int64_t began = clock_now();
        result = target_probe(context, plan, sources, &targets->items[i], found);
        if (result >= 0 && is_final(plan, found))
            summary_emit(context->sink, plan->spec, &targets->items[i], &found->tally, clock_now() - began);
        tally_add(&sum, &found->tally);
    }
    found->tally = sum;
    found->target = targets->items[0];
    return result;
}

/* One round: names are resolved and the ports probed. 0 done, -1 with found->failure, or the number of a
 * signal. */
static int host_probe(const struct context *context, const struct probe_options *options,
    const struct spec *spec, bool reset, struct found *found)
{
    struct ports ports = {.bits = {0}};
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    struct services services = {.sink = context->sink, .protocol = spec->type == SOCK_DGRAM ? "udp" : "tcp"};
    char error[512];
    *found = (struct found){.failure = {.phase = PHASE_NONE}};
    errno = 0;
    if (!words_parse(options, &ports, service_port, &services, error, sizeof(error)))
        return errno == ENOMEM ? failure_fill(&found->failure, PHASE_OTHER, "strdup", NULL, 0)
                               : services_fail(&found->failure, options->words[0]);
    if (targets_of(context, spec, targets_limit(context, spec), &targets, &sources, &found->failure) < 0)
        return -1;
    bool any = !options->all && targets.count > 1 && ports_count(&ports) == 1;
    size_t left_out = options->all || any ? 0 : targets.count - 1;
    if (left_out > 0)
        targets_choose(context->sink, &targets);
    const struct probe_plan plan = {.spec = spec,
        .ports = &ports,
        .parallel = (unsigned)options->parallel,
        .data = options->data,
        .length = options->length,
        .reset = reset,
        .named = targets.count > 1};
    int result = (any ? any_probe : each_probe)(context, &plan, &targets, &sources, found);
    if (result >= 0 && is_final(&plan, found))
        left_out_emit(context->sink, spec, left_out);
    return result;
}

/* The delays between the rounds of --retry. */
#define RETRY_FIRST (100 * NS_PER_MS)
#define RETRY_MOST  NS_PER_S

/* Whether another round of --retry may find more. */
static bool is_worth_another(const struct found *found, int result)
{
    if (result < 0)
        return found->failure.phase == PHASE_RESOLVE && found->failure.eai == EAI_AGAIN;
    return found->tally.count[PROBE_OPEN] == 0;
}

static int gave_up(struct sink *sink, const struct spec *spec, struct found *found, int64_t elapsed)
{
    bool many = found->failure.phase == PHASE_NONE;
    found->failure.gave_up = true;
    found->failure.text = "gave up: the time of --retry has passed";
    found->failure.elapsed = elapsed;
    if (many) {
        found->failure.phase = PHASE_CONNECT;
        found->failure.name = spec->host;
    }
    if (!found->failure.call)
        found->failure.call = spec->type == SOCK_DGRAM ? "sendto" : "connect";
    if (found->failure.error == 0 && found->failure.eai == 0)
        found->failure.error = tally_error(&found->tally);
    return failure_finish(sink, &found->failure);
}

int probe_options_run(
    const struct context *context, const struct probe_options *options, const struct spec *spec, bool reset)
{
    struct sink *sink = context->sink;
    struct found found;
    int64_t began = clock_now(), delay = RETRY_FIRST;
    int result;
    /* The ports go to stdout for pipelines; everything else stays on stderr. */
    sink->results = sink->out;
    sink->color = sink->color && is_colored(sink->colors, STDOUT_FILENO);
    if (spec->type == SOCK_DGRAM && !options->data)
        emit(sink, EVENT_WARNING, F_WARNING(EMPTY_DATAGRAM),
            F_TEXT("text", "an empty datagram is sent, which most services ignore (--data sends another)"));
    while ((result = host_probe(context, options, spec, reset, &found)) <= 0 && spec->retry >= 0 &&
           is_worth_another(&found, result)) {
        int64_t left = began + spec->retry - clock_now();
        if (left <= 0)
            return gave_up(sink, spec, &found, clock_now() - began);
        if (stop_wait(context, time_earlier(delay, left)))
            return stop_status(context);
        delay = time_earlier(delay * 3 / 2, RETRY_MOST);
    }
    if (result > 0)
        return EXIT_SIGNAL + result;
    if (result < 0)
        return failure_finish(sink, &found.failure);
    return verdict_finish(sink, spec->type == SOCK_DGRAM, &found.tally, &found.target, &found.failure);
}
