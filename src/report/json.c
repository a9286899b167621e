/* SPDX-License-Identifier: ISC */
/*
 * The JSON renderer: one object per line, numbers as numbers, and a shape that never depends on the count.
 *
 * jansson writes the strings. Times have six decimals, which a double cannot promise, so the rest is written
 * here.
 */
#include <inttypes.h>
#include <jansson.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "report/event.h"

static void string_write(FILE *out, const char *text)
{
    json_t *string = json_string(text);
    if (!string || json_dumpf(string, out, JSON_ENCODE_ANY) != 0)
        fputs("null", out);
    json_decref(string);
}

static void bytes_write(FILE *out, const void *bytes, size_t length)
{
    cleanup_free char *text = malloc(4 * length + 1);
    if (text)
        string_write(out, text_escape(text, 4 * length + 1, bytes, length));
    else
        fputs("null", out);
}

static void hex_write(FILE *out, const unsigned char *bytes, size_t length)
{
    fputc('"', out);
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%02x", bytes[i]);
    fputc('"', out);
}

static void seconds_write(FILE *out, int64_t ns)
{
    fprintf(out, "%" PRId64 ".%06" PRId64, ns / NS_PER_S, ns % NS_PER_S / NS_PER_US);
}

static void name_write(FILE *out, const struct name_table *table, long value)
{
    const char *name = name_find(table, value);
    if (name)
        string_write(out, name);
    else
        fprintf(out, "%ld", value);
}

static void flags_write(FILE *out, const struct name_table *table, long value)
{
    const char *between = "";
    fputc('[', out);
    for (const struct name *row = table->rows; row->name; row++) {
        if (row->value == 0 || (value & row->value) != row->value)
            continue;
        fputs(between, out);
        string_write(out, row->name);
        between = ",";
        value &= ~row->value;
    }
    if (value)
        fprintf(out, "%s%ld", between, value);
    fputc(']', out);
}

static void address_write(FILE *out, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    fputs("{\"family\":", out);
    name_write(out, &names_family, address->sa.sa_family);
    if (address->sa.sa_family == AF_UNIX) {
        fputs(",\"path\":", out);
        string_write(out, address_path(address, text, sizeof(text)));
    } else if (address_port(address) >= 0) {
        fputs(",\"host\":", out);
        string_write(out, address_host(address, text, sizeof(text)));
        fprintf(out, ",\"port\":%d", address_port(address));
        const char *scope = address_scope(address, text, sizeof(text));
        if (scope) {
            fputs(",\"scope\":", out);
            string_write(out, scope);
        }
    } else if (address->sa.sa_family == AF_NETLINK) {
        fprintf(out, ",\"nl_pid\":%u", address->netlink.nl_pid);
    }
    fputc('}', out);
}

/* Begins {"errno":111,"name":"ECONNREFUSED","text":"…"; the caller closes it. */
static void code_write(FILE *out, const char *key, int code, const char *name, const char *text)
{
    fprintf(out, "{\"%s\":%d,\"name\":", key, code);
    string_write(out, name);
    fputs(",\"text\":", out);
    string_write(out, text);
}

static void errno_beside_write(FILE *out, int error)
{
    if (!error)
        return;
    fprintf(out, ",\"errno\":%d,\"errno_name\":", error);
    string_write(out, errno_name(error));
}

static void members_write(FILE *out, const struct field *fields, const char *between);

static void list_write(FILE *out, const struct field *field)
{
    fputc('[', out);
    for (int64_t i = 0; i < field->extra; i++) {
        fputs(i ? ",{" : "{", out);
        members_write(out, field->rows[i], "");
        fputc('}', out);
    }
    fputc(']', out);
}

/* Our own texts, or words from outside, which are escaped. */
static void texts_write(FILE *out, const struct field *field, bool foreign)
{
    fputc('[', out);
    for (int64_t i = 0; i < field->extra; i++) {
        fputs(i ? "," : "", out);
        if (foreign)
            bytes_write(out, field->texts[i], strlen(field->texts[i]));
        else
            string_write(out, field->texts[i]);
    }
    fputc(']', out);
}

static void times_write(FILE *out, const struct field *field)
{
    fputc('[', out);
    for (int64_t i = 0; i < field->extra; i++) {
        fputs(i ? "," : "", out);
        seconds_write(out, field->times[i]);
    }
    fputc(']', out);
}

static void value_write(FILE *out, const struct field *field)
{
    char name[NAME_TEXT_MAX];
    int code = (int)field->extra;
    switch (field->type) {
    case FIELD_END:
    case FIELD_NONE:
    case FIELD_NULL: fputs("null", out); break;
    case FIELD_CONN:
    case FIELD_INT: fprintf(out, "%" PRId64, field->number); break;
    case FIELD_COUNT:
    case FIELD_SIZE:
    case FIELD_RATE:
        if (field->size == UINT64_MAX)
            fputs("null", out);
        else
            fprintf(out, "%" PRIu64, field->size);
        break;
    case FIELD_BOOL:
    case FIELD_SWITCH: fputs(field->is ? "true" : "false", out); break;
    case FIELD_TEXT: string_write(out, field->text); break;
    case FIELD_BYTES: bytes_write(out, field->bytes, (size_t)field->extra); break;
    case FIELD_DUMP:
    case FIELD_HEX: hex_write(out, field->bytes, (size_t)field->extra); break;
    case FIELD_NAME: name_write(out, field->table, field->extra); break;
    case FIELD_FLAGS: flags_write(out, field->table, field->extra); break;
    case FIELD_ADDRESS: address_write(out, field->address); break;
    case FIELD_ERRNO:
        code_write(
            out, "errno", (int)field->number, errno_name((int)field->number), strerror((int)field->number));
        fputc('}', out);
        break;
    case FIELD_EAI:
    case FIELD_EAI_RESULT:
        code_write(out, "eai", code, name_text(&names_eai, code, name, sizeof(name)), gai_strerror(code));
        errno_beside_write(out, (int)field->number);
        fputc('}', out);
        break;
    case FIELD_H_ERRNO:
        code_write(
            out, "h_errno", code, name_text(&names_h_errno, code, name, sizeof(name)), hstrerror(code));
        errno_beside_write(out, (int)field->number);
        fputc('}', out);
        break;
    case FIELD_TIME:
    case FIELD_TIME_FINE: seconds_write(out, field->number); break;
    case FIELD_TIMES: times_write(out, field); break;
    case FIELD_OBJECT:
        fputc('{', out);
        members_write(out, field->rows[0], "");
        fputc('}', out);
        break;
    case FIELD_LIST: list_write(out, field); break;
    case FIELD_TEXTS: texts_write(out, field, false); break;
    case FIELD_WORDS: texts_write(out, field, true); break;
    }
}

static void members_write(FILE *out, const struct field *fields, const char *between)
{
    for (; fields->type != FIELD_END; fields++) {
        if (fields->type == FIELD_NONE)
            continue;
        fprintf(out, "%s\"%s\":", between, fields->key);
        value_write(out, fields);
        between = ",";
    }
}

void json_render(FILE *out, const struct event_row *row, const struct field *fields, int64_t when)
{
    fprintf(out, "{\"event\":\"%s\",\"time\":", row->name);
    seconds_write(out, when);
    members_write(out, fields, ",");
    fputs("}\n", out);
}
