/* SPDX-License-Identifier: ISC */
/* Option tables: --help, and the bare list that tests compare with the manual. */
#include <string.h>

#include "base/option.h"
#include "base/terminal.h"

#define HELP_COLUMN 26
#define WIDTH_MOST  100
#define WIDTH_LEAST 50
/* For what is not a terminal, but often a pager on one. */
#define WIDTH_PIPE  80

/* What is not a terminal gets the same bytes everywhere. */
size_t help_width(int fd)
{
    size_t columns = terminal_columns(fd);
    if (columns == 0)
        return WIDTH_PIPE;
    if (columns > WIDTH_MOST)
        return WIDTH_MOST;
    return columns < WIDTH_LEAST ? WIDTH_LEAST : columns;
}

void words_wrap(FILE *out, const char *text, size_t column, size_t width)
{
    size_t at = column;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (at > column && at + 1 + length > width) {
            fprintf(out, "\n%*s", (int)column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)length, text);
        at += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void row_help(const struct option_row *row, size_t width, FILE *out)
{
    char left[128];
    int used = snprintf(left, sizeof(left), row->letter ? "  -%c" : "    ", row->letter);
    if (row->name)
        used += snprintf(
            left + used, sizeof(left) - (size_t)used, "%s--%s", row->letter ? ", " : "  ", row->name);
    if (row->argument)
        used += snprintf(left + used, sizeof(left) - (size_t)used, "%s%s",
            option_value_is_optional(row) ? "" : " ", row->argument);
    if (used + 2 > HELP_COLUMN)
        fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
    else
        fprintf(out, "%-*s", HELP_COLUMN, left);
    words_wrap(out, row->help, HELP_COLUMN, width);
}

void options_help(const struct option_set *sets, size_t width, FILE *out)
{
    const char *shown = "";
    for (; sets->title; sets++) {
        /* Not shown above a set that shows nothing, nor above the second set of that title. */
        const char *heading = strcmp(sets->title, shown) == 0 ? NULL : sets->title;
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++) {
            if (row->type == OPTION_REFUSED)
                continue;
            if (heading)
                fprintf(out, "\n%s:\n", heading);
            heading = NULL;
            shown = sets->title;
            row_help(row, width, out);
        }
    }
}

void options_value_help(const struct option_set *sets, size_t width, FILE *out)
{
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++)
            if (row->list)
                row->list(out, width);
}

void options_list(const struct option_set *sets, FILE *out)
{
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++)
            fprintf(out, "%s%.1s\t%s%s\t%s\t%s\n", row->letter ? "-" : "", (const char[]){row->letter, '\0'},
                row->name ? "--" : "", row->name ? row->name : "", row->argument ? row->argument : "",
                row->type == OPTION_REFUSED ? "refused" : row->help);
}
