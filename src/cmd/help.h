/* SPDX-License-Identifier: ISC */
/* The pages of help. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdio.h>

#include "cmd/command.h"

/* The commands; width: columns. */
void commands_help(size_t width, FILE *out);
/* One of them, with its options. */
void command_help(const struct command *command, size_t width, FILE *out);

/* The end of any help: examples (up to NULL), the page of the manual by its name, where to report. */
void help_end(const char *const *examples, const char *manual, FILE *out);

/* What else help shows: an index of the guide, and the table of exit statuses. */
struct help_page {
    const char *name, *summary;
    void (*write)(size_t width, FILE *out);
};
extern const struct help_page help_pages[]; /* ends with a NULL name */

#endif
