/* resolve --stdin: one name a line, many at a time, reported in their order. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/resolve/resolve.h"
#include "net/socket/lookups.h"

/* What the answers are told with. */
struct telling {
    struct sink *sink;
    const struct resolve_options *options;
    int64_t names, failed;
    bool warned;
    int64_t shown; /* when the progress was, or 0 */
};

/* One slow name holds the answers back, not the progress. */
static void progress_show(void *data, int64_t known, int64_t failed)
{
    struct telling *telling = data;
    int64_t now = clock_now();
    char text[80];
    if (now - telling->shown < 50 * NS_PER_MS)
        return;
    telling->shown = now;
    snprintf(text, sizeof(text), "%" PRId64 " looked up, %" PRId64 " failed", known, failed);
    sink_note(telling->sink, text);
}

/* Answers that are there at once go at once. */
static bool answer_tell(void *data, const struct lookup *lookup, bool more)
{
    struct telling *telling = data;
    struct sink *sink = telling->sink;
    sink->held = true;
    lookup_report(sink, lookup);
    if (lookup->list && !telling->warned) {
        port_warn(sink, lookup);
        telling->warned = true;
    }
    telling->names++;
    telling->failed += resolve_report(sink, telling->options, lookup) != EXIT_DONE;
    sink->held = false;
    if (!more)
        sink_flush(sink);
    return sink->error == 0;
}

int names_report(struct sink *sink, const struct resolve_options *options)
{
    int64_t began = clock_now();
    struct telling telling = {.sink = sink, .options = options};
    /* Where the answers go to the terminal, they are the progress. */
    bool progress = !options->report.quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    const struct lookups lookups = {.fd = STDIN_FILENO,
        .service = options->service,
        .hints = options->no_hints ? NULL : &options->hints,
        .parallel = options->parallel,
        .tell = answer_tell,
        .progress = progress ? progress_show : NULL,
        .data = &telling};
    int result = lookups_run(&lookups);
    int error = errno;
    sink_note(sink, NULL);
    emit(sink, EVENT_NAMES, F_INT("names", telling.names), F_INT("failed", telling.failed),
        F_TIME("elapsed", clock_now() - began));
    if (result < 0) {
        emit(sink, EVENT_FAILED, F_TEXT("call", "read"), F_TEXT("name", "stdin"), F_ERRNO(error));
        return EXIT_OTHER;
    }
    return sink->error ? EXIT_OTHER : telling.failed ? EXIT_RESOLVE : EXIT_DONE;
}
