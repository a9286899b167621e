/* SPDX-License-Identifier: ISC */
/* connect -z: one look at the ports of a host, or one look after the other. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/outcome.h"
#include "cmd/probe/host.h"
#include "cmd/stop.h"
#include "net/connect/patience.h"
#include "net/connect/series.h"
#include "why/why.h"

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
static int verdict_finish(struct sink *sink, bool datagram, const struct probe_tally *tally, const char *name,
    const struct failure *failure)
{
    int status = tally_status(tally);
    char text[64];
    if (status == EXIT_DONE)
        return status;
    if (tally->total == 1 && failure->phase != PHASE_NONE) {
        failure_emit(sink, 0, failure);
        return status;
    }
    snprintf(text, sizeof(text), "none of %u ports is open", tally->total);
    emit(sink, EVENT_NONE_OPEN, F_TEXT("call", datagram ? "sendto" : "connect"), F_FOREIGN("name", name),
        F_ERRNO(tally_error(tally)), F_TEXT("text", text));
    return status;
}

/* The delays between the rounds of --retry. */
#define RETRY_FIRST (100 * NS_PER_MS)
#define RETRY_MOST  NS_PER_S

/* One look after the other. */
struct rounds {
    const struct context *context;
    const struct probe_options *options;
    const struct spec *spec;
    bool reset;
    enum probe_until until;
    int64_t limit;            /* of watch_now(): when --retry is over; INT64_MAX: never */
    int64_t began, delay;     /* clock_now(); nanoseconds to the next round of --retry */
    int64_t due;              /* of watch_now(): when the next round of --every begins */
    int made;                 /* rounds */
    struct series_list *list; /* of --every; NULL without */
    struct probe_host host;
    bool has_host;
    struct found found;
    int result; /* of the last round, as of probe_host_look() */
    bool late;  /* the time of --retry is over */
};

/* Resolves, unless the addresses are kept for all rounds, and probes; as probe_host_look(). */
static int round_make(struct rounds *rounds)
{
    if (rounds->has_host && !rounds->list) {
        probe_host_free(&rounds->host);
        rounds->has_host = false;
    }
    if (!rounds->has_host) {
        rounds->found = (struct found){.failure = {.phase = PHASE_NONE}};
        if (probe_host_find(rounds->context, rounds->options, rounds->spec, rounds->reset, rounds->limit,
                rounds->list, &rounds->host, &rounds->found.failure) < 0) {
            probe_host_free(&rounds->host);
            return -1;
        }
        rounds->has_host = true;
    }
    int result = probe_host_look(rounds->context, &rounds->host, &rounds->found);
    rounds->made++;
    return result;
}

/* A port that changed is explained at once; one that stays as it is, at the end alone. */
static void change_explain(struct rounds *rounds)
{
    if (rounds->list && rounds->list->changed && rounds->found.failure.phase != PHASE_NONE)
        why_emit(rounds->context->sink, &rounds->found.failure);
    if (rounds->list)
        rounds->list->changed = false;
}

static bool is_reached(const struct rounds *rounds)
{
    bool open = rounds->found.tally.count[PROBE_OPEN] > 0;
    return (rounds->until == PROBE_UNTIL_OPEN && open) || (rounds->until == PROBE_UNTIL_CLOSED && !open);
}

/* Whether another round is wanted, time and count permitting. */
static bool is_worth_another(const struct rounds *rounds)
{
    if (rounds->result < 0)
        return rounds->until == PROBE_UNTIL_OPEN && rounds->found.failure.phase == PHASE_RESOLVE &&
               rounds->found.failure.eai == EAI_AGAIN;
    return rounds->until != PROBE_UNTIL_NONE ? !is_reached(rounds) : rounds->list != NULL;
}

/* EXIT_DONE when it is time for the next round, else the status of a stop. */
static int round_await(struct rounds *rounds)
{
    int64_t now = watch_now(rounds->context->watch);
    int64_t wait = rounds->delay;
    if (rounds->list) {
        rounds->due += rounds->options->every;
        if (rounds->due < now)
            rounds->due = now;
        wait = rounds->due - now;
    }
    rounds->delay = time_earlier(rounds->delay * 3 / 2, RETRY_MOST);
    struct failure why = rounds->found.failure;
    if (why.error == 0 && why.eai == 0)
        why.error = tally_error(&rounds->found.tally);
    if (rounds->until == PROBE_UNTIL_OPEN && !rounds->list)
        patience_retry(rounds->context->sink, (unsigned)rounds->made, &why);
    int status = stop_wait(rounds->context, time_earlier(wait, rounds->limit - now));
    sink_note(rounds->context->sink, NULL);
    return status;
}

static int gave_up(struct rounds *rounds, const char *text)
{
    struct failure *failure = &rounds->found.failure;
    failure->gave_up = true;
    failure->text = text;
    failure->elapsed = clock_now() - rounds->began;
    failure->tries = (unsigned)rounds->made;
    if (failure->phase == PHASE_NONE) {
        failure->phase = PHASE_CONNECT;
        failure->name = rounds->spec->host;
    }
    if (!failure->call)
        failure->call = rounds->spec->type == SOCK_DGRAM ? "sendto" : "connect";
    if (failure->error == 0 && failure->eai == 0)
        failure->error = tally_error(&rounds->found.tally);
    return failure_finish(rounds->context->sink, failure);
}

/* The verdict on the last round. */
static int rounds_verdict(struct rounds *rounds)
{
    struct found *found = &rounds->found;
    if (rounds->until == PROBE_UNTIL_CLOSED && !is_reached(rounds))
        return gave_up(rounds, "gave up: it is still open");
    if (rounds->late)
        return gave_up(rounds, "gave up: the time of --retry has passed");
    if (rounds->result < 0)
        return failure_finish(rounds->context->sink, &found->failure);
    if (rounds->until == PROBE_UNTIL_CLOSED)
        return EXIT_DONE;
    char host[ADDRESS_TEXT_MAX];
    const char *name = rounds->options->all && rounds->host.targets.count > 1
                           ? rounds->spec->host
                           : address_host(&found->target, host, sizeof(host));
    return verdict_finish(
        rounds->context->sink, rounds->spec->type == SOCK_DGRAM, &found->tally, name, &found->failure);
}

/* EXIT_DONE when there is a verdict to give, else the status of a stop. */
static int rounds_run(struct rounds *rounds)
{
    const struct context *context = rounds->context;
    for (;;) {
        rounds->result = round_make(rounds);
        if (rounds->result > 0)
            return EXIT_SIGNAL + rounds->result;
        change_explain(rounds);
        if (rounds->list && rounds->list->error) {
            errno = rounds->list->error;
            rounds->result = failure_fill(&rounds->found.failure, PHASE_OTHER, "reallocarray", NULL, 0);
        }
        if (!is_worth_another(rounds) || (rounds->options->count && rounds->made >= rounds->options->count))
            return EXIT_DONE;
        /* The report can no longer be written, so the rest would not be seen. */
        if (rounds->list && context->sink->error)
            return EXIT_OTHER;
        rounds->late = watch_now(context->watch) >= rounds->limit;
        if (rounds->late)
            return EXIT_DONE;
        int status = round_await(rounds);
        if (status != EXIT_DONE)
            return status;
    }
}

int probe_options_run(
    const struct context *context, const struct probe_options *options, const struct spec *spec, bool reset)
{
    struct sink *sink = context->sink;
    struct series_list list = {.began = clock_now()};
    int64_t now = watch_now(context->watch);
    cleanup_free struct rounds *rounds = calloc(1, sizeof(*rounds));
    if (!rounds)
        return call_finish(sink, "calloc");
    *rounds = (struct rounds){.context = context,
        .options = options,
        .spec = spec,
        .reset = reset,
        .until = options->until     ? (enum probe_until)options->until
                 : spec->retry >= 0 ? PROBE_UNTIL_OPEN
                                    : PROBE_UNTIL_NONE,
        .limit = spec->retry >= 0 ? now + spec->retry : INT64_MAX,
        .began = list.began,
        .delay = RETRY_FIRST,
        .due = now,
        .list = options->every >= 0 ? &list : NULL};
    /* The ports go to stdout for pipelines; everything else stays on stderr. */
    sink->results = sink->out;
    sink->color = sink->color && is_colored(sink->colors, STDOUT_FILENO);
    if (spec->type == SOCK_DGRAM && !options->data)
        emit(sink, EVENT_WARNING, F_WARNING(EMPTY_DATAGRAM),
            F_TEXT("text", "an empty datagram is sent, which most services ignore (--data sends another)"));
    int status = rounds_run(rounds);
    series_emit(sink, &list);
    if (status == EXIT_DONE)
        status = rounds_verdict(rounds);
    else if (status > EXIT_SIGNAL && rounds->until != PROBE_UNTIL_NONE && !rounds->list)
        gave_up(rounds, "stopped");
    if (rounds->has_host)
        probe_host_free(&rounds->host);
    series_free(&list);
    return status;
}
