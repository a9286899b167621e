/* SPDX-License-Identifier: ISC */
/*
 * The text renderer: fills an event's line for people from its typed fields.
 *
 * The grammar of a line:
 *   {key}       the field's text
 *   {key#word}  a number and what it counts: "1 byte", "2 bytes"
 *   {key?}      prints nothing; holds if the field is worth a word (see field_counts())
 *   {key!}      prints nothing; holds if {key?} does not
 *   [ … ]       a group, left out unless every field named in it is present and every condition holds
 *   {>40}       pads with blanks to column 40, with at least two
 *   {*}         every field, one a line
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/terminal.h"
#include "base/text.h"
#include "report/event.h"
#include "report/fold.h"

static void bytes_write(FILE *out, const void *bytes, size_t length)
{
    cleanup_free char *text = malloc(4 * length + 1);
    if (text)
        fputs(text_escape(text, 4 * length + 1, bytes, length), out);
}

static void hex_write(FILE *out, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%s%02x", i ? " " : "", bytes[i]);
}

/* The errno beside a code of the resolver, if there is one. */
static void errno_behind_write(FILE *out, int error)
{
    if (error)
        fprintf(out, ", errno %s (%s)", errno_name(error), strerror(error));
}

#define DUMP_WIDTH 16

/* In the form of hexdump -C, each row on a line of its own. */
static void dump_write(FILE *out, const unsigned char *bytes, size_t length, uint64_t offset)
{
    for (size_t row = 0; row < length; row += DUMP_WIDTH) {
        fprintf(out, "\n    %08" PRIx64 " ", offset + row);
        for (size_t i = row; i < row + DUMP_WIDTH; i++)
            i < length ? fprintf(out, " %02x", bytes[i]) : fprintf(out, "   ");
        fputs("  |", out);
        for (size_t i = row; i < row + DUMP_WIDTH && i < length; i++)
            fputc(bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.', out);
        fputc('|', out);
    }
}

static void value_write(FILE *out, const struct field *field);

static void counted_write(FILE *out, uint64_t number, const char *word, int length)
{
    if (number == UINT64_MAX)
        fputs("unlimited", out);
    else
        fprintf(out, "%" PRIu64 " %.*s%s", number, length, word, number == 1 ? "" : "s");
}

static void size_write(FILE *out, const struct field *field)
{
    counted_write(out, field->size, "byte", 4);
    if (field->type == FIELD_RATE && field->size != UINT64_MAX)
        fputs("/s", out);
}

static void list_write(FILE *out, const struct field *field)
{
    for (int64_t i = 0; i < field->extra; i++) {
        const char *between = i ? ", " : "";
        for (const struct field *member = field->rows[i]; member->type != FIELD_END; member++) {
            if (member->type == FIELD_NONE)
                continue;
            fprintf(out, "%s%s ", between, member->key);
            value_write(out, member);
            between = " ";
        }
    }
}

static void time_fine_write(FILE *out, int64_t ns)
{
    char buffer[DURATION_TEXT_MAX];
    if (ns < NS_PER_S)
        fprintf(out, "%.3f ms", (double)ns / NS_PER_MS);
    else
        fputs(duration_text(ns, buffer, sizeof(buffer)), out);
}

static void value_write(FILE *out, const struct field *field)
{
    char buffer[ADDRESS_TEXT_MAX];
    switch (field->type) {
    case FIELD_END:
    case FIELD_NONE: break;
    case FIELD_NULL: fputs("NULL", out); break;
    case FIELD_CONN:
    case FIELD_INT: fprintf(out, "%" PRId64, field->number); break;
    case FIELD_COUNT:
        if (field->size == UINT64_MAX)
            fputs("unlimited", out);
        else
            fprintf(out, "%" PRIu64, field->size);
        break;
    case FIELD_SIZE:
    case FIELD_RATE: size_write(out, field); break;
    case FIELD_BOOL: fputs(field->is ? "yes" : "no", out); break;
    case FIELD_SWITCH: fputs(field->is ? "1" : "0", out); break;
    case FIELD_TEXT: fputs(field->text, out); break;
    case FIELD_BYTES: bytes_write(out, field->bytes, (size_t)field->extra); break;
    case FIELD_HEX: hex_write(out, field->bytes, (size_t)field->extra); break;
    case FIELD_DUMP: dump_write(out, field->bytes, (size_t)field->extra, field->offset); break;
    case FIELD_NAME: fputs(name_text(field->table, field->extra, buffer, sizeof(buffer)), out); break;
    case FIELD_FLAGS: fputs(name_flags_text(field->table, field->extra, buffer, sizeof(buffer)), out); break;
    case FIELD_ADDRESS: fputs(address_text(field->address, buffer, sizeof(buffer)), out); break;
    case FIELD_ERRNO:
        fprintf(out, "%s (%s)", errno_name((int)field->number), strerror((int)field->number));
        break;
    case FIELD_EAI:
    case FIELD_EAI_RESULT:
        fprintf(out, "%s (", name_text(&names_eai, field->extra, buffer, sizeof(buffer)));
        if (field->type == FIELD_EAI)
            fprintf(out, "%" PRId64 ": ", field->extra);
        fprintf(out, "%s)", gai_strerror((int)field->extra));
        errno_behind_write(out, (int)field->number);
        break;
    case FIELD_H_ERRNO:
        fprintf(out, "%s (%s)", name_text(&names_h_errno, field->extra, buffer, sizeof(buffer)),
            hstrerror((int)field->extra));
        errno_behind_write(out, (int)field->number);
        break;
    case FIELD_TIME: fputs(duration_text(field->number, buffer, sizeof(buffer)), out); break;
    case FIELD_TIME_FINE: time_fine_write(out, field->number); break;
    case FIELD_TIMES:
        for (int64_t i = 0; i < field->extra; i++) {
            fputs(i ? "  " : "", out);
            time_fine_write(out, field->times[i]);
        }
        break;
    case FIELD_OBJECT:
    case FIELD_LIST: list_write(out, field); break;
    case FIELD_TEXTS:
        if (field->extra == 0)
            fputs("none", out);
        for (int64_t i = 0; i < field->extra; i++)
            fprintf(out, "%s%s", i ? ", " : "", field->texts[i]);
        break;
    case FIELD_WORDS:
        for (int64_t i = 0; i < field->extra; i++) {
            fputs(i ? " " : "", out);
            bytes_write(out, field->texts[i], strlen(field->texts[i]));
        }
        break;
    }
}

static const struct field *field_find(const struct field *fields, const char *key, size_t length)
{
    for (; fields->type != FIELD_END; fields++)
        if (fields->type != FIELD_NONE && strlen(fields->key) == length &&
            memcmp(fields->key, key, length) == 0)
            return fields;
    return NULL;
}

static size_t key_length(const char *key)
{
    return strcspn(key, "?!#}");
}

/* Whether a field is worth a word: present, neither false nor zero, and not a time that is shown as 0. */
static bool field_counts(const struct field *field)
{
    switch (field ? field->type : FIELD_NONE) {
    case FIELD_NONE: return false;
    case FIELD_BOOL: return field->is;
    case FIELD_INT: return field->number != 0;
    case FIELD_COUNT:
    case FIELD_SIZE: return field->size != 0;
    case FIELD_TIME: return field->number >= NS_PER_MS;
    case FIELD_TIME_FINE: return field->number >= NS_PER_US;
    default: return true;
    }
}

/* Whether one pair of braces holds; key is what follows the opening one. */
static bool key_holds(const char *key, const struct field *fields)
{
    size_t length = key_length(key);
    const struct field *field = field_find(fields, key, length);
    switch (key[length]) {
    case '?': return field_counts(field);
    case '!': return !field_counts(field);
    default: return field;
    }
}

/* Whether every pair of braces up to the closing bracket holds. */
static bool group_holds(const char *group, const struct field *fields)
{
    for (const char *at = group; *at && *at != ']'; at++)
        if (*at == '{' && at[1] != '>' && !key_holds(at + 1, fields))
            return false;
    return true;
}

/* Every field on a line of its own: "\n  key            value". */
static void fields_write(FILE *out, const struct field *fields)
{
    for (; fields->type != FIELD_END; fields++) {
        if (fields->type == FIELD_NONE || fields->json_only)
            continue;
        fprintf(out, "\n  %-30s ", fields->key);
        value_write(out, fields);
    }
}

static void column_pad(FILE *out, size_t used, size_t column)
{
    fprintf(out, "%*s", used + 2 > column ? 2 : (int)(column - used), "");
}

/* A field in a line; rest: what follows its key within the braces. */
static void key_write(FILE *out, const char *rest, const struct field *field)
{
    uint64_t number = field->type == FIELD_INT ? (uint64_t)field->number : field->size;
    if (*rest == '#')
        counted_write(out, number, rest + 1, (int)strcspn(rest + 1, "}"));
    else if (*rest == '}')
        value_write(out, field);
}

void text_fill(FILE *out, const char *text, const struct field *fields)
{
    for (const char *at = text; *at; at++) {
        if (*at == '[') {
            if (!group_holds(at + 1, fields))
                at += strcspn(at, "]");
        } else if (*at == '{') {
            size_t length = key_length(at + 1);
            const struct field *field = field_find(fields, at + 1, length);
            if (at[1] == '*') {
                fields_write(out, fields);
            } else if (at[1] == '>') {
                fflush(out);
                column_pad(out, (size_t)ftell(out), (size_t)atoi(at + 2));
            } else if (field) {
                key_write(out, at + 1 + length, field);
            }
            at += strcspn(at, "}");
        } else if (*at != ']') {
            fputc(*at, out);
        }
    }
}

static const char *tone_code(enum tone tone)
{
    switch (tone) {
    case TONE_GOOD: return "\033[32m";
    case TONE_BAD: return "\033[31m";
    case TONE_DIM: return "\033[2m";
    case TONE_NOTE: return "\033[1;33m";
    case TONE_PLAIN: break;
    }
    return NULL;
}

/* Narrower terminals break lines themselves. */
#define COLUMNS_LEAST 60

/* The columns to which lines for out are wrapped; 0: they are not. */
static size_t columns_of(const struct sink *sink, const FILE *out)
{
    bool is_out = out == sink->out;
    size_t columns = sink->terminals[!is_out] ? terminal_columns(is_out ? STDOUT_FILENO : STDERR_FILENO) : 0;
    return columns < COLUMNS_LEAST ? 0 : columns;
}

void text_render(
    FILE *out, const struct sink *sink, const struct event_row *row, const struct field *fields, int64_t when)
{
    char *line = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&line, &size);
    if (!memory) {
        fputs("out of memory: a line is missing\n", out);
        return;
    }
    const struct field *conn = sink->numbered ? field_find(fields, "conn", strlen("conn")) : NULL;
    bool color = out == sink->report ? sink->color : out == sink->diagnostics && sink->color_diagnostics;
    const char *tone = color ? tone_code(row->tone) : NULL;
    if (conn && conn->type == FIELD_CONN)
        fprintf(memory, "#%-3" PRId64 " ", conn->number);
    text_fill(memory, row->text, fields);
    if (fclose(memory) != 0 || !line) {
        free(line);
        fputs("out of memory: a line is missing\n", out);
        errno = ENOMEM;
        return;
    }
    /* Groups that were left out may leave blanks at the end. */
    while (size && line[size - 1] == ' ')
        line[--size] = '\0';
    int used = 0;
    if (sink->stamps && row->plane != PLANE_RESULT)
        used = fprintf(out, "%" PRId64 ".%06" PRId64 "  ", when / NS_PER_S, when % NS_PER_S / NS_PER_US);
    size_t columns = columns_of(sink, out);
    fputs(tone ? tone : "", out);
    if (sink->width > 0 && out == sink->report)
        lines_fold(out, line, sink->width, sink->cut);
    else if (columns > 0)
        lines_wrap(out, line, used > 0 ? (size_t)used : 0, columns);
    else
        fputs(line, out);
    fputs(tone ? "\033[0m\n" : "\n", out);
    free(line);
}
