/* SPDX-License-Identifier: ISC */
/* The progress of a long operation, shown only if stderr is a terminal. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/watch/context.h"

struct progress {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    void (*text)(const void *what, char *text, size_t size);
    const void *what;
};

/* From now on every wait of the context's watch shows text()'s line about what, some times a second; nothing
 * if stderr is not a terminal. progress and what must live until progress_end(), which erases the line. */
void progress_start(struct progress *progress, const struct context *context,
    void (*text)(const void *what, char *text, size_t size), const void *what);
void progress_end(struct progress *progress);

#endif
