/*
 * The text renderer: fills an event's line for people from its typed fields.
 *
 * The grammar of a line: {key} is a field's text; [ … ] is left out unless every field named in it is there;
 * {key?} prints nothing and is there when the field is, and is no truth that does not hold; {key!} is there
 * when {key?} is not;
 * {>40} pads with blanks to column 40, by two at least; {*} is every field, one a line.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "report/event.h"

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

/* The errno beside a code of the resolver, where there is one. */
static void errno_behind_write(FILE *out, int error)
{
    if (error)
        fprintf(out, ", errno %s (%s)", errno_name(error), strerror(error));
}

#define DUMP_WIDTH 16

/* The form of hexdump -C, each row on a line of its own. */
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

static void size_write(FILE *out, const struct field *field)
{
    const char *unit = field->type == FIELD_RATE ? "bytes/s" : "bytes";
    if (field->size == UINT64_MAX)
        fputs("unlimited", out);
    else
        fprintf(out, "%" PRIu64 " %s", field->size, unit);
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
        fprintf(out, "%s (", name_text(&names_eai, field->extra, buffer, sizeof(buffer)));
        if (field->offset == 0)
            fprintf(out, "%" PRId64 ": ", field->extra);
        fprintf(out, "%s)", gai_strerror((int)field->extra));
        errno_behind_write(out, (int)field->number);
        break;
    case FIELD_H_ERRNO:
        fprintf(out, "%s (%s)", name_text(&names_h_errno, field->extra, buffer, sizeof(buffer)),
            hstrerror((int)field->extra));
        errno_behind_write(out, (int)field->number);
        break;
    case FIELD_TIME:
        if (field->extra == 1 && field->number < NS_PER_S)
            fprintf(out, "%.3f ms", (double)field->number / NS_PER_MS);
        else
            fputs(duration_text(field->number, buffer, sizeof(buffer)), out);
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

/* How long the key is that a brace opens. */
static size_t key_length(const char *key)
{
    return strcspn(key, "?!}");
}

/* Whether what one brace names is there; key is behind the brace. */
static bool key_holds(const char *key, const struct field *fields)
{
    size_t length = key_length(key);
    const struct field *field = field_find(fields, key, length);
    bool is_true = field && (field->type != FIELD_BOOL || field->is);
    switch (key[length]) {
    case '?': return is_true;
    case '!': return !is_true;
    default: return field;
    }
}

/* Whether everything named between here and the closing bracket is there. */
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
        if (fields->type == FIELD_NONE)
            continue;
        fprintf(out, "\n  %-30s ", fields->key);
        value_write(out, fields);
    }
}

static void column_pad(FILE *out, size_t used, size_t column)
{
    fprintf(out, "%*s", used + 2 > column ? 2 : (int)(column - used), "");
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
            } else if (field && at[1 + length] == '}') {
                value_write(out, field);
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
    case TONE_PLAIN: break;
    }
    return NULL;
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
    const char *tone = sink->color && out == sink->report ? tone_code(row->tone) : NULL;
    if (conn)
        fprintf(memory, "#%-3" PRId64 " ", conn->number);
    text_fill(memory, row->text, fields);
    fclose(memory);
    /* Blanks at the end come from groups that were left out. */
    while (size && line[size - 1] == ' ')
        line[--size] = '\0';
    if (sink->stamps && row->plane != PLANE_RESULT)
        fprintf(out, "%" PRId64 ".%06" PRId64 "  ", when / NS_PER_S, when % NS_PER_S / NS_PER_US);
    fprintf(out, "%s%s%s\n", tone ? tone : "", line, tone ? "\033[0m" : "");
    free(line);
}
