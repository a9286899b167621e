/* The JSON renderer: one object a line, numbers as numbers, the shape never depending on the count. */
#include <jansson.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "report/event.h"

static json_t *bytes_json(const void *bytes, size_t length)
{
    cleanup_free
    char *text = malloc(4 * length + 1);
    return text ? json_string(text_escape(text, 4 * length + 1, bytes, length)) : json_null();
}

static json_t *hex_json(const unsigned char *bytes, size_t length)
{
    cleanup_free
    char *text = malloc(2 * length + 1);
    if (!text)
        return json_null();
    text[0] = '\0';
    for (size_t i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

/* Seconds with six decimals: rounded to the microsecond, so that the shortest form of the double has no more. */
static json_t *seconds_json(int64_t ns)
{
    return json_real((double)(ns / NS_PER_US) / 1e6);
}

static json_t *name_json(const struct name_table *table, long value)
{
    const char *name = name_find(table, value);
    return name ? json_string(name) : json_integer(value);
}

static json_t *flags_json(const struct name_table *table, long value)
{
    json_t *list = json_array();
    for (const struct name *row = table->rows; row->name; row++) {
        if (row->value == 0 || (value & row->value) != row->value)
            continue;
        json_array_append_new(list, json_string(row->name));
        value &= ~row->value;
    }
    if (value)
        json_array_append_new(list, json_integer(value));
    return list;
}

static json_t *address_json(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    json_t *object = json_object();
    json_object_set_new(object, "family", name_json(&names_family, address->sa.sa_family));
    if (address->sa.sa_family == AF_UNIX) {
        json_object_set_new(object, "path", json_string(address_path(address, text, sizeof(text))));
        return object;
    }
    if (address_port(address) < 0)
        return object;
    json_object_set_new(object, "host", json_string(address_host(address, text, sizeof(text))));
    json_object_set_new(object, "port", json_integer(address_port(address)));
    const char *scope = address_scope(address, text, sizeof(text));
    if (scope)
        json_object_set_new(object, "scope", json_string(scope));
    return object;
}

static json_t *errno_json(int error)
{
    return json_pack("{s:i,s:s,s:s}", "errno", error, "name", errno_name(error), "text", strerror(error));
}

/* A code of the resolver, and the errno beside it where there is one. */
static json_t *code_json(
    const char *key, const struct name_table *names, int code, const char *text, int error)
{
    char name[NAME_TEXT_MAX];
    json_t *object = json_pack(
        "{s:i,s:s,s:s}", key, code, "name", name_text(names, code, name, sizeof(name)), "text", text);
    if (error) {
        json_object_set_new(object, "errno", json_integer(error));
        json_object_set_new(object, "errno_name", json_string(errno_name(error)));
    }
    return object;
}

static json_t *value_json(const struct field *field);

static void members_set(json_t *object, const struct field *fields)
{
    for (; fields->type != FIELD_END; fields++)
        if (fields->type != FIELD_NONE)
            json_object_set_new(object, fields->key, value_json(fields));
}

static json_t *object_json(const struct field *fields)
{
    json_t *object = json_object();
    members_set(object, fields);
    return object;
}

static json_t *value_json(const struct field *field)
{
    json_t *list;
    switch (field->type) {
    case FIELD_END:
    case FIELD_NONE:
    case FIELD_NULL: break;
    case FIELD_CONN:
    case FIELD_INT: return json_integer(field->number);
    case FIELD_COUNT: return field->size == UINT64_MAX ? json_null() : json_integer((json_int_t)field->size);
    case FIELD_BOOL:
    case FIELD_SWITCH: return json_boolean(field->is);
    case FIELD_TEXT: return json_string(field->text);
    case FIELD_BYTES: return bytes_json(field->bytes, (size_t)field->extra);
    case FIELD_HEX: return hex_json(field->bytes, (size_t)field->extra);
    case FIELD_NAME: return name_json(field->table, field->extra);
    case FIELD_FLAGS: return flags_json(field->table, field->extra);
    case FIELD_ADDRESS: return address_json(field->address);
    case FIELD_ERRNO: return errno_json((int)field->number);
    case FIELD_EAI:
        return code_json(
            "eai", &names_eai, (int)field->extra, gai_strerror((int)field->extra), (int)field->number);
    case FIELD_H_ERRNO:
        return code_json(
            "h_errno", &names_h_errno, (int)field->extra, hstrerror((int)field->extra), (int)field->number);
    case FIELD_TIME: return seconds_json(field->number);
    case FIELD_OBJECT: return object_json(field->rows[0]);
    case FIELD_LIST:
        list = json_array();
        for (int64_t i = 0; i < field->extra; i++)
            json_array_append_new(list, object_json(field->rows[i]));
        return list;
    case FIELD_TEXTS:
        list = json_array();
        for (int64_t i = 0; i < field->extra; i++)
            json_array_append_new(list, json_string(field->texts[i]));
        return list;
    case FIELD_WORDS:
        list = json_array();
        for (int64_t i = 0; i < field->extra; i++)
            json_array_append_new(list, bytes_json(field->texts[i], strlen(field->texts[i])));
        return list;
    }
    return json_null();
}

void json_render(FILE *out, const struct event_row *row, const struct field *fields, int64_t when)
{
    json_t *object = json_object();
    json_object_set_new(object, "event", json_string(row->name));
    json_object_set_new(object, "time", seconds_json(when));
    members_set(object, fields);
    json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(object);
}
