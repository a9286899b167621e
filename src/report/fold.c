/* SPDX-License-Identifier: ISC */
/* Fits lines to a terminal; see fold.h. */
#include "report/fold.h"

#include <string.h>

/* The bytes that are shown in at most `width` columns, each character in one; whole characters. */
static size_t bytes_within(const char *text, size_t width)
{
    size_t at = 0;
    for (; text[at] && width > 0; width--)
        do
            at++;
        while ((text[at] & 0xc0) == 0x80);
    return at;
}

#define FOLD_INDENT      8
/* Where a text begins at most that stands under its key. */
#define KEY_COLUMNS_MOST 20
/* Those of the longest TCP state. */
#define STATE_COLUMNS    11

/* Where to break what fits: at the last two blanks, which part its pieces, unless that leaves most of it
 * empty; else at the last blank; 0: nowhere. */
static size_t break_find(const char *line, size_t fits)
{
    size_t lead = strspn(line, " "), single = 0;
    for (size_t at = fits; at > lead; at--) {
        if (line[at] != ' ')
            continue;
        if (line[at - 1] == ' ' && at > fits / 3)
            return at;
        if (single == 0)
            single = at;
    }
    return single;
}

/* Continues a line that is too long for the terminal on the next one, or cuts it. */
static void line_fold(FILE *out, const char *line, size_t length, size_t columns, bool cut)
{
    size_t width = columns, fits;
    while ((fits = bytes_within(line, width)) < length && !cut && width > FOLD_INDENT) {
        size_t at = break_find(line, fits), end = at;
        if (at == 0)
            break;
        while (end > 0 && line[end - 1] == ' ')
            end--;
        at += strspn(line + at, " ");
        fprintf(out, "%.*s\n%*s", (int)end, line, FOLD_INDENT, "");
        line += at;
        length -= at;
        width = columns - FOLD_INDENT;
    }
    fprintf(out, "%.*s", (int)(cut && fits < length ? fits : length), line);
}

void lines_fold(FILE *out, const char *lines, size_t columns, bool cut)
{
    for (;;) {
        size_t length = strcspn(lines, "\n");
        line_fold(out, lines, length, columns, cut);
        if (lines[length] == '\0')
            return;
        fputc('\n', out);
        lines += length + 1;
    }
}

/* Where the text of a line begins, under which the rest of it is wrapped: after a key like "failed". */
static size_t text_column(const char *line)
{
    size_t key = strcspn(line, " "), text = key + strspn(line + key, " ");
    return text - key >= 2 && text <= KEY_COLUMNS_MOST ? text : 2;
}

/* Moves what stands in the last column, as a state does, to the left as far as the room demands. */
static void column_move(char *line, size_t room)
{
    size_t length = strlen(line), tail = length;
    while (tail > 0 && strncmp(line + tail - 1, "  ", 2) != 0)
        tail--;
    size_t head = tail;
    while (head > 0 && line[head - 1] == ' ')
        head--;
    size_t column = room > STATE_COLUMNS ? room - STATE_COLUMNS : 0;
    size_t at = head + 2 > column ? head + 2 : column;
    if (head > text_column(line) && length > room && ++tail > at)
        memmove(line + at, line + tail, length - tail + 1);
}

void line_wrap(FILE *out, char *line, size_t used, size_t columns)
{
    size_t indent = used + text_column(line), room = columns - used;
    column_move(line, room);
    for (;;) {
        size_t fits = bytes_within(line, room), at = fits;
        if (!line[fits])
            break;
        while (at > 0 && line[at] != ' ')
            at--;
        size_t next = at + strspn(line + at, " ");
        while (at > 0 && line[at - 1] == ' ')
            at--;
        if (at == 0)
            break;
        fprintf(out, "%.*s\n%*s", (int)at, line, (int)indent, "");
        line += next;
        room = columns - indent;
    }
    fputs(line, out);
}
