/* resolve --stdin: one name a line, many at a time, reported in their order. */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/resolve.h"
#include "net/lookups.h"

/* Where the answers go elsewhere, a terminal on stderr shows how far it is. */
struct progress {
    bool shown;
    int64_t names, failed, last;
};

static void progress_show(struct progress *progress)
{
    int64_t now = clock_now();
    if (!progress->shown || now - progress->last < 100 * NS_PER_MS)
        return;
    progress->last = now;
    fprintf(stderr, "\r\033[K%" PRId64 " names, %" PRId64 " failed", progress->names, progress->failed);
    fflush(stderr);
}

static void progress_clear(const struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
}

/* A failure is told on stderr, where the progress stands. */
static int entry_report(struct sink *sink, const struct resolve_options *options,
    const struct lookups_entry *entry, struct progress *progress)
{
    if (entry->lookup.code)
        progress_clear(progress);
    lookup_report(sink, &entry->lookup);
    return resolve_report(sink, options, &entry->lookup);
}

int names_report(struct sink *sink, const struct resolve_options *options)
{
    int64_t began = clock_now();
    struct progress progress = {
        .shown = !options->report.quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
    struct lookups *lookups = lookups_start(
        STDIN_FILENO, options->service, options->no_hints ? NULL : &options->hints, options->parallel);
    struct lookups_entry *entry;
    if (!lookups) {
        emit(sink, EVENT_FAILED, F_TEXT("call", "pthread_create"), F_ERRNO(errno));
        return EXIT_OTHER;
    }
    /* Answers that are there at once go at once. */
    sink->held = true;
    while ((entry = lookups_next(lookups))) {
        progress.names++;
        if (entry_report(sink, options, entry, &progress) != EXIT_DONE)
            progress.failed++;
        lookups_entry_free(entry);
        if (!lookups_ready(lookups))
            sink_flush(sink);
        progress_show(&progress);
        /* Nobody reads the answers: names that are still waited for are not worth waiting for. */
        if (sink->error)
            return EXIT_OTHER;
    }
    sink->held = false;
    progress_clear(&progress);
    emit(sink, EVENT_NAMES, F_INT("names", progress.names), F_INT("failed", progress.failed),
        F_TIME("elapsed", clock_now() - began));
    int error = lookups_end(lookups);
    if (error) {
        emit(sink, EVENT_FAILED, F_TEXT("call", "read"), F_TEXT("name", "stdin"), F_ERRNO(error));
        return EXIT_OTHER;
    }
    return progress.failed ? EXIT_RESOLVE : EXIT_DONE;
}
