/* connect -z: probes the ports of a host, one line each on stdout, and a summary. */
#include "cmd/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/options/operands.h"
#include "cmd/outcome.h"
#include "cmd/progress.h"
#include "call/lookup.h"
#include "net/connect/probe.h"
#include "net/socket/target.h"

#define FIELD(member) offsetof(struct probe_options, member)
const struct option_row probe_rows[] = {
    {'z', "probe", NULL, "tell which ports are open; PORT may be a list: 22,80,8000-8100,http",
        .type = OPTION_TRUE, .offset = FIELD(on)},
    {0, "parallel", "N", "with -z: at most N ports at once", .type = OPTION_INT, .minimum = 1,
        .maximum = 60000, .offset = FIELD(parallel)},
    {0, "all", NULL, "with -z: every address of the name, not only the first that has a route",
        .type = OPTION_TRUE, .offset = FIELD(all)},
    {0, "data", "TEXT", "with -z -u: the datagram to send, with C escapes (none: an empty one)",
        .type = OPTION_TEXT, .offset = FIELD(data)},
    {.type = OPTION_END},
};

static bool data_decode(struct probe_options *options)
{
    if (!options->data)
        return true;
    int length = strunvis(options->data, options->data);
    options->length = length < 0 ? 0 : (size_t)length;
    return length >= 0;
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
        return usage_error("--data is sent to UDP ports: it needs -u");
    if (!data_decode(options))
        return usage_error("--data '%s': no escape of unvis(3)", options->data);
    int status = operands_take(argc, argv, false, &spec->host, &options->ports);
    if (status != EXIT_DONE)
        return status;
    if (!ports_parse(&ports, options->ports, NULL, NULL, error, sizeof(error)))
        return usage_error("%s", error);
    return EXIT_DONE;
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
    *failure = (struct failure){
        .phase = PHASE_RESOLVE, .call = "getservbyname", .name = name, .eai = EAI_SERVICE, .elapsed = -1};
    return -1;
}

/* Without --all the first address to which there is a route; the first if there is none, to say why. */
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

/* The status of what was found: the table of several targets in sockctl(1). */
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

/* The verdict where nothing is open; a single port has its own failure and evidence. */
static int verdict_finish(struct sink *sink, bool datagram, const struct probe_tally *tally,
    const struct address *target, const struct failure *failure)
{
    static const int kinds[] = {PROBE_CLOSED, PROBE_FILTERED, PROBE_UNREACHABLE};
    int status = tally_status(tally), error = 0;
    char text[64], host[ADDRESS_TEXT_MAX];
    if (status == EXIT_DONE)
        return status;
    if (tally->total == 1 && failure->phase != PHASE_NONE) {
        failure_emit(sink, 0, failure);
        return status;
    }
    for (size_t i = 0; i < array_size(kinds) && !error; i++)
        error = tally->error[kinds[i]];
    if (!error)
        error = ETIMEDOUT;
    snprintf(text, sizeof(text), "none of %u ports is open", tally->total);
    emit(sink, EVENT_FAILED, F_TEXT("call", datagram ? "sendto" : "connect"),
        F_TEXT("name", address_host(target, host, sizeof(host))), F_ERRNO(error), F_TEXT("text", text));
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

static int target_probe(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally, struct failure *failure)
{
    struct progress progress;
    struct probe_view view = {.tally = tally, .began = clock_now()};
    struct address peer = *target;
    address_set_port(&peer, ports_next(plan->ports, 0));
    progress_start(&progress, sink, plan->spec->watch, view_text, &view);
    int result = probe_run(sink, plan, &peer, tally, failure);
    progress_end(&progress);
    if (result >= 0)
        summary_emit(sink, plan->spec, target, tally, clock_now() - view.began);
    return result;
}

int probe_options_run(struct sink *sink, const struct probe_options *options, struct spec *spec, bool reset)
{
    struct ports ports = {.bits = {0}};
    struct watch_list watch = {.first = NULL};
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    struct failure failure = {.phase = PHASE_NONE, .elapsed = -1};
    struct probe_tally sum = {.total = 0}, tally;
    struct services services = {.sink = sink, .protocol = spec->type == SOCK_DGRAM ? "udp" : "tcp"};
    char error[512];
    int result = 0;
    if (!spec->watch)
        spec->watch = &watch;
    /* The ports are what a pipeline wants; all else stays on stderr. */
    sink->results = sink->out;
    sink->color = sink->color && isatty(STDOUT_FILENO);
    if (!ports_parse(&ports, options->ports, service_port, &services, error, sizeof(error)))
        services_fail(&failure, options->ports);
    else
        result = targets_of(sink, spec, targets_limit(spec), &targets, &sources, &failure);
    if (failure.phase != PHASE_NONE)
        return failure_finish(sink, &failure);
    if (!options->all && targets.count > 1)
        targets_choose(sink, &targets);
    if (spec->type == SOCK_DGRAM && !options->data)
        emit(sink, EVENT_WARNING, F_WARNING(EMPTY_DATAGRAM),
            F_TEXT("text", "an empty datagram is sent, which most services ignore (--data sends another)"));
    for (size_t i = 0; i < targets.count && result == 0; i++) {
        struct probe_plan plan = {.spec = spec,
            .ports = &ports,
            .source = target_source(spec, &sources, &targets.items[i]),
            .parallel = (unsigned)options->parallel,
            .data = options->data,
            .length = options->length,
            .reset = reset,
            .named = targets.count > 1};
        result = target_probe(sink, &plan, &targets.items[i], &tally, &failure);
        tally_add(&sum, &tally);
    }
    if (result > 0)
        return EXIT_SIGNAL + result;
    if (result < 0)
        return failure_finish(sink, &failure);
    return verdict_finish(sink, spec->type == SOCK_DGRAM, &sum, &targets.items[0], &failure);
}
