/* SPDX-License-Identifier: ISC */
/* resolve --stdin: one name per line, many at once, reported in order. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/resolve/resolve.h"
#include "net/socket/lookups.h"

/* How answers are reported. */
struct answers {
    struct sink *sink;
    const struct resolve_options *options;
    int64_t names, failed;
    bool warned;
    int64_t shown; /* when progress was last shown, or 0 */
};

/* A slow name delays the answers, but not the progress. */
static void progress_show(void *data, int64_t known, int64_t failed)
{
    struct answers *answers = data;
    int64_t now = clock_now();
    char text[80];
    if (now - answers->shown < 50 * NS_PER_MS)
        return;
    answers->shown = now;
    snprintf(text, sizeof(text), "%" PRId64 " looked up, %" PRId64 " failed", known, failed);
    sink_note(answers->sink, text);
}

/* Answers that are known at the same time are written together. */
static bool answer_take(void *data, const struct lookup *lookup, bool more)
{
    struct answers *answers = data;
    struct sink *sink = answers->sink;
    sink->held = true;
    lookup_call_emit(sink, lookup);
    if (lookup->list && !answers->warned) {
        port_warn(sink, lookup);
        answers->warned = true;
    }
    answers->names++;
    answers->failed += resolve_report(sink, answers->options, lookup, NULL) != EXIT_DONE;
    sink->held = false;
    if (!more)
        sink_flush(sink);
    return sink->error == 0;
}

int names_report(struct sink *sink, const struct resolve_options *options)
{
    int64_t began = clock_now();
    struct answers answers = {.sink = sink, .options = options};
    /* If the answers go to a terminal, they are the progress. */
    bool progress = !options->report.quiet && is_smart_terminal(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    const struct lookups lookups = {.fd = STDIN_FILENO,
        .service = options->service,
        .hints = options->no_hints ? NULL : &options->hints,
        .parallel = options->parallel,
        .take = answer_take,
        .progress = progress ? progress_show : NULL,
        .data = &answers};
    const char *call;
    int result = lookups_run(&lookups, &call);
    int error = errno;
    sink_note(sink, NULL);
    emit(sink, EVENT_NAMES, F_INT("names", answers.names), F_INT("lookups", answers.names),
        F_INT("failed", answers.failed), F_TIME("elapsed", clock_now() - began));
    if (result < 0) {
        emit(sink, EVENT_FAILED, F_TEXT("call", call),
            F_TEXT("name", strcmp(call, "read") == 0 ? "stdin" : NULL), F_ERRNO(error));
        return EXIT_OTHER;
    }
    return sink->error ? EXIT_OTHER : answers.failed ? EXIT_RESOLVE : EXIT_DONE;
}
