/* SPDX-License-Identifier: ISC */
/* Fits lines to a terminal; see fold.h. */
#include "report/fold.h"

#include <ctype.h>
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
#define MESSAGE_INDENT   2
/* Where a text begins at most that stands under its key. */
#define KEY_COLUMNS_MOST 34
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

/* "#12  ", the connection that a line is about. */
static size_t conn_columns(const char *line)
{
    size_t digits = *line == '#' ? strspn(line + 1, "0123456789") : 0;
    return digits ? 1 + digits + strspn(line + 1 + digits, " ") : 0;
}

/* Where the text of a line begins, under which the rest of it is wrapped: after a key like "failed". */
static size_t text_column(const char *line)
{
    size_t begin = conn_columns(line) + strspn(line, " "), key = begin + strcspn(line + begin, " ");
    while (begin > 0 && line[key] && line[key + 1] != ' ')
        key += 1 + strcspn(line + key + 1, " ");
    size_t text = key + strspn(line + key, " ");
    return text - key >= 2 && text <= KEY_COLUMNS_MOST ? text : begin + 2;
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

/* A number stays with its unit: "2.00 s", "6 bytes". */
static bool may_break(const char *line, size_t at)
{
    return line[at] == ' ' &&
           (at == 0 || !isdigit((unsigned char)line[at - 1]) || !islower((unsigned char)line[at + 1]));
}

/* The first break is behind `least` columns; used: the columns before the text. */
static void text_wrap(FILE *out, const char *text, size_t least, size_t used, size_t indent, size_t columns)
{
    for (size_t room = columns - used; room > 0; least = 0) {
        size_t fits = bytes_within(text, room), at = fits;
        if (!text[fits])
            break;
        while (at > least && !may_break(text, at))
            at--;
        size_t next = at + strspn(text + at, " ");
        while (at > least && text[at - 1] == ' ')
            at--;
        if (at <= least)
            break;
        fprintf(out, "%.*s\n%*s", (int)at, text, (int)indent, "");
        text += next;
        room = columns > indent ? columns - indent : 0;
    }
    fputs(text, out);
}

void message_wrap(FILE *out, const char *text, size_t columns)
{
    text_wrap(out, text, MESSAGE_INDENT, 0, MESSAGE_INDENT, columns);
}

static void line_wrap(FILE *out, char *line, size_t used, size_t columns)
{
    size_t text = text_column(line);
    column_move(line, columns - used);
    text_wrap(out, line, text, used, used + text, columns);
}

void lines_wrap(FILE *out, char *lines, size_t used, size_t columns)
{
    for (char *end; (end = strchr(lines, '\n')); lines = end + 1, used = 0) {
        *end = '\0';
        line_wrap(out, lines, used, columns);
        fputc('\n', out);
    }
    line_wrap(out, lines, used, columns);
}
