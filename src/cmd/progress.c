/* SPDX-License-Identifier: ISC */
/* The progress of a long operation, as one line that is overwritten. */
#include "cmd/progress.h"

#include <unistd.h>

#include "base/number.h"

/* Shorter operations need no progress. */
#define FIRST_AFTER (300 * NS_PER_MS)
#define EVERY       (200 * NS_PER_MS)

/* The cursor stays at the start of the line, so that an event's line replaces it. */
static void progress_serve(struct watch_item *item)
{
    struct progress *progress = item->owner;
    char text[160];
    progress->text(progress->what, text, sizeof(text));
    sink_note(progress->sink, text);
    item->due = clock_now() + EVERY;
}

void progress_start(struct progress *progress, const struct context *context,
    void (*text)(const void *what, char *text, size_t size), const void *what)
{
    *progress = (struct progress){.watch = is_smart_terminal(STDERR_FILENO) ? context->watch : NULL,
        .sink = context->sink,
        .text = text,
        .what = what};
    if (!progress->watch)
        return;
    progress->item = (struct watch_item){
        .fd = -1, .due = clock_now() + FIRST_AFTER, .serve = progress_serve, .owner = progress};
    watch_add(context->watch, &progress->item);
}

void progress_end(struct progress *progress)
{
    if (!progress->watch)
        return;
    watch_remove(progress->watch, &progress->item);
    sink_note(progress->sink, NULL);
}
