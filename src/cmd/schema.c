/* SPDX-License-Identifier: ISC */
/* The JSON Schema (2020-12) of the events, made from the tables that the events are made from. */
#include "cmd/schema.h"

#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/finding.h"
#include "kernel/tcpinfo.h"
#include "report/event.h"
#include "why/cause.h"

/* The types of fields.def, and what JSON has for them. A text from outside may be null where C had a null
 * pointer, a count where there is no limit; a constant without a name is a number. */
#define TYPES(T)                                                                                             \
    T(INT, "{\"type\":\"integer\"}")                                                                         \
    T(COUNT, "{\"type\":[\"integer\",\"null\"]}")                                                            \
    T(SECONDS, "{\"type\":\"number\"}")                                                                      \
    T(BOOL, "{\"type\":\"boolean\"}")                                                                        \
    T(TEXT, "{\"type\":\"string\"}")                                                                         \
    T(ESCAPED, "{\"type\":[\"string\",\"null\"]}")                                                           \
    T(TEXTS, "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}")                                         \
    T(TIMES, "{\"type\":\"array\",\"items\":{\"type\":\"number\",\"minimum\":0}}")                           \
    T(FLAGS, "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"integer\"]}}")                           \
    T(NAME, "{\"type\":[\"string\",\"integer\"]}")                                                           \
    T(STATE, "{\"type\":[\"string\",\"integer\"]}")                                                          \
    T(HEX, "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]*$\"}")                                              \
    T(OBJECT, "{\"type\":[\"object\",\"null\"]}")                                                            \
    T(LIST, "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}")                                          \
    T(ANY, "{}")                                                                                             \
    T(ADDRESS, "{\"$ref\":\"#/$defs/address\"}")                                                             \
    T(ERROR, "{\"$ref\":\"#/$defs/error\"}")

enum type {
#define TYPE(name, json) name,
    TYPES(TYPE)
#undef TYPE
};

static const char *const type_schemas[] = {
#define TYPE(name, json) json,
    TYPES(TYPE)
#undef TYPE
};

static const char address_schema[] =
    "{\"type\":\"object\",\"required\":[\"family\"],\"properties\":{"
    "\"family\":{\"type\":[\"string\",\"integer\"]},\"host\":{\"type\":\"string\"},"
    "\"port\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":65535},\"scope\":{\"type\":\"string\"},"
    "\"path\":{\"type\":\"string\"},\"nl_pid\":{\"type\":\"integer\"}},"
    "\"examples\":[{\"family\":\"AF_INET\",\"host\":\"127.0.0.1\",\"port\":80}]}";

static const char error_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"text\"],\"properties\":{"
    "\"errno\":{\"type\":\"integer\"},\"eai\":{\"type\":\"integer\"},\"h_errno\":{\"type\":\"integer\"},"
    "\"name\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},\"errno_name\":{\"type\":\"string\"}},"
    "\"examples\":[{\"errno\":111,\"name\":\"ECONNREFUSED\",\"text\":\"Connection refused\"}]}";

struct field_row {
    const char *key;
    enum type type;
    const char *unit, *example, *meaning;
};

static const struct field_row field_rows[] = {
#define FIELD(key, type, unit, example, meaning) {key, type, unit, example, meaning},
#include "report/fields.def"
};

/* The fields of an event or a cause that its line for people lacks. */
struct owner_row {
    const char *owner, *keys;
};

static const struct owner_row member_rows[] = {
#define MEMBERS(event, keys)  {event, keys},
#define EVIDENCE(cause, keys) {cause, keys},
#include "report/fields.def"
};

static const struct deprecated_row {
    const char *owner, *key;
    enum type type;
    const char *instead;
    bool is_beside; /* the key has its regular form too */
} deprecated_rows[] = {
#define DEPRECATED(owner, key, type, instead)     {owner, key, type, instead, false},
#define DEPRECATED_TOO(owner, key, type, instead) {owner, key, type, instead, true},
#include "report/fields.def"
};

struct code_row {
    const char *code, *meaning;
};

static const struct code_row warning_rows[] = {
#define WARNING(id, code, meaning) {code, meaning},
#include "report/warnings.def"
#undef WARNING
};

static json_t *parsed(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

/* The example as its type has it; NULL if there is none. */
static json_t *example_of(const struct field_row *row)
{
    if (!*row->example)
        return NULL;
    switch (row->type) {
    case TEXTS:
    case FLAGS: return json_pack("[s]", row->example);
    case TEXT:
    case ESCAPED:
    case NAME:
    case STATE:
    case HEX: return json_string(row->example);
    default: return parsed(row->example);
    }
}

static json_t *row_schema(const struct field_row *row)
{
    json_t *schema = parsed(type_schemas[row->type]), *example = example_of(row);
    json_object_set_new(schema, "description", json_string(row->meaning));
    if (row->type == SECONDS || *row->unit)
        json_object_set_new(schema, "x-unit", json_string(row->type == SECONDS ? "seconds" : row->unit));
    if (example)
        json_object_set_new(schema, "examples", json_pack("[o]", example));
    return schema;
}

/* Adds each key to $defs. */
static void fields_add(json_t *defs)
{
    for (size_t i = 0; i < array_size(field_rows); i++) {
        char name[80];
        snprintf(name, sizeof(name), "field-%s", field_rows[i].key);
        json_object_set_new(defs, name, row_schema(&field_rows[i]));
    }
}

/* Whether events of the name report what changed alone: a field that has gone is null there. */
static bool may_vanish(const char *name)
{
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (strcmp(event_rows[kind].name, name) == 0 && event_rows[kind].text &&
            strcmp(event_rows[kind].text, "changed{*}") == 0)
            return true;
    return false;
}

static json_t *nullable(json_t *schema)
{
    return json_pack("{s:[o,{s:s}]}", "anyOf", schema, "type", "null");
}

/* The older form of a field that an owner has; NULL if it has none. */
static const struct deprecated_row *deprecated_find(const char *owner, const char *key)
{
    for (size_t i = 0; i < array_size(deprecated_rows); i++)
        if (strcmp(deprecated_rows[i].owner, owner) == 0 && strcmp(deprecated_rows[i].key, key) == 0)
            return &deprecated_rows[i];
    return NULL;
}

static json_t *deprecated_schema(const struct deprecated_row *row)
{
    char note[96];
    snprintf(note, sizeof(note), "deprecated: see %s", row->instead);
    json_t *schema = parsed(type_schemas[row->type]);
    if (may_vanish(row->owner))
        schema = nullable(schema);
    json_object_set_new(schema, "deprecated", json_true());
    json_object_set_new(schema, "description", json_string(note));
    return schema;
}

static void property_add(json_t *properties, const char *owner, const char *key, size_t length)
{
    char name[64], reference[96];
    snprintf(name, sizeof(name), "%.*s", (int)length, key);
    snprintf(reference, sizeof(reference), "#/$defs/field-%s", name);
    if (json_object_get(properties, name))
        return;
    const struct deprecated_row *older = deprecated_find(owner, name);
    json_t *schema = json_pack("{s:s}", "$ref", reference);
    if (may_vanish(owner))
        schema = nullable(schema);
    if (older && older->is_beside)
        schema = json_pack("{s:[o,o]}", "anyOf", schema, deprecated_schema(older));
    else if (older) {
        json_decref(schema);
        schema = deprecated_schema(older);
    }
    json_object_set_new(properties, name, schema);
}

/* The keys of a line for people: {key}, {key#word}, {key?}, {key!}. */
static void template_add(json_t *properties, const char *owner, const char *text)
{
    for (; text && (text = strchr(text, '{')); text++) {
        size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (length > 0)
            property_add(properties, owner, text + 1, length);
    }
}

static void members_add(json_t *properties, const char *owner)
{
    for (size_t i = 0; i < array_size(member_rows); i++) {
        if (strcmp(member_rows[i].owner, owner) != 0)
            continue;
        for (const char *at = member_rows[i].keys; *at; at += strspn(at, " ")) {
            size_t length = strcspn(at, " ");
            property_add(properties, owner, at, length);
            at += length;
        }
    }
}

/* {"if": {"properties": {KEY: {"const": VALUE}}, "required": [KEY]}, "then": …} */
static json_t *condition(const char *key, const char *value, json_t *then)
{
    return json_pack("{s:{s:{s:{s:s}},s:[s]},s:o}", "if", "properties", key, "const", value, "required", key,
        "then", then);
}

/* Restricts a property to a code of the list, each with its meaning. */
static void codes_add(json_t *properties, const char *key, json_t *codes)
{
    json_object_set_new(properties, key, json_pack("{s:o}", "oneOf", codes));
}

static json_t *code_schema(const char *code, const char *meaning)
{
    return json_pack("{s:s,s:s}", "const", code, "description", meaning);
}

static void why_add(json_t *event, json_t *properties)
{
    json_t *codes = json_array(), *conditions = json_array();
    for (int i = 0; i < CAUSES; i++) {
        json_t *evidence = json_object();
        template_add(evidence, cause_rows[i].code, cause_rows[i].text);
        members_add(evidence, cause_rows[i].code);
        json_array_append_new(codes, code_schema(cause_rows[i].code, cause_rows[i].meaning));
        json_array_append_new(
            conditions, condition("cause", cause_rows[i].code, json_pack("{s:o}", "properties", evidence)));
    }
    codes_add(properties, "cause", codes);
    json_object_set_new(event, "allOf", conditions);
}

static void finding_add_schema(json_t *event, json_t *properties)
{
    json_t *codes = json_array(), *conditions = json_array();
    for (int i = 0; i < FINDING_CODES; i++) {
        const struct finding_row *row = &finding_rows[i];
        json_t *evidence = json_object();
        template_add(evidence, row->code, row->fact);
        template_add(evidence, row->code, row->evidence);
        template_add(evidence, row->code, row->advice);
        json_array_append_new(codes, code_schema(row->code, row->meaning));
        json_array_append_new(
            conditions, condition("code", row->code, json_pack("{s:o}", "properties", evidence)));
    }
    codes_add(properties, "code", codes);
    json_object_set_new(event, "allOf", conditions);
}

static void warning_add(json_t *properties)
{
    static const enum cause also[] = {
        CAUSE_SELF_CONNECT, CAUSE_SYN_RETRANSMITTED, CAUSE_NOT_ACCEPTED, CAUSE_PEER_NOT_READING};
    json_t *codes = json_array();
    for (size_t i = 0; i < array_size(warning_rows); i++)
        json_array_append_new(codes, code_schema(warning_rows[i].code, warning_rows[i].meaning));
    for (size_t i = 0; i < array_size(also); i++) {
        template_add(properties, "warning", cause_rows[also[i]].text);
        json_array_append_new(codes, code_schema(cause_rows[also[i]].code, cause_rows[also[i]].meaning));
    }
    codes_add(properties, "code", codes);
}

static void tcpinfo_add(json_t *properties)
{
    static const char *const schemas[] = {
        [TCPINFO_COUNT] = "{\"type\":\"integer\"}",
        [TCPINFO_SEGMENTS] = "{\"type\":\"integer\",\"x-unit\":\"segments\"}",
        [TCPINFO_BYTES] = "{\"type\":\"integer\",\"x-unit\":\"bytes\"}",
        [TCPINFO_BYTES_PER_SECOND] = "{\"type\":[\"integer\",\"null\"],\"x-unit\":\"bytes per second\"}",
        [TCPINFO_MICROSECONDS] = "{\"type\":\"number\",\"x-unit\":\"seconds\"}",
        [TCPINFO_MILLISECONDS] = "{\"type\":\"number\",\"x-unit\":\"seconds\"}",
        [TCPINFO_MIN_RTT] = "{\"type\":[\"number\",\"null\"],\"x-unit\":\"seconds\"}",
        [TCPINFO_SSTHRESH] = "{\"type\":[\"integer\",\"null\"],\"x-unit\":\"segments\"}",
        [TCPINFO_FLAG] = "{\"type\":\"boolean\"}",
        [TCPINFO_STATE] = "{\"type\":[\"string\",\"integer\"]}",
        [TCPINFO_CA_STATE] = "{\"type\":[\"string\",\"integer\"]}",
        [TCPINFO_OPTIONS] = "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"integer\"]}}",
    };
    for (size_t i = 0; i < tcpinfo_member_count; i++)
        json_object_set_new(properties, tcpinfo_members[i].name, parsed(schemas[tcpinfo_members[i].unit]));
}

/* The schema of the events of a name, of which there may be several rows. */
static json_t *event_schema(const char *name)
{
    json_t *event = json_object(), *properties = json_object();
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (strcmp(event_rows[kind].name, name) == 0)
            template_add(properties, name, event_rows[kind].text);
    members_add(properties, name);
    json_object_set_new(event, "properties", properties);
    if (strcmp(name, "why") == 0)
        why_add(event, properties);
    else if (strcmp(name, "finding") == 0)
        finding_add_schema(event, properties);
    else if (strcmp(name, "warning") == 0)
        warning_add(properties);
    else if (strcmp(name, "tcpinfo") == 0)
        tcpinfo_add(properties);
    return event;
}

static void events_add(json_t *root, json_t *defs)
{
    json_t *names = json_array(), *conditions = json_array();
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const char *name = event_rows[kind].name;
        char id[64], reference[80];
        snprintf(id, sizeof(id), "event-%s", name);
        snprintf(reference, sizeof(reference), "#/$defs/%s", id);
        if (json_object_get(defs, id))
            continue;
        json_object_set_new(defs, id, event_schema(name));
        json_array_append_new(names, json_string(name));
        json_array_append_new(conditions, condition("event", name, json_pack("{s:s}", "$ref", reference)));
    }
    json_object_set_new(root, "properties",
        json_pack("{s:{s:s,s:o},s:{s:s},s:{s:s}}", "event", "description", "kind of the event", "enum", names,
            "time", "$ref", "#/$defs/field-time", "conn", "$ref", "#/$defs/field-conn"));
    json_object_set_new(root, "allOf", conditions);
}

int schema_write(FILE *out)
{
    json_t *root = json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "title", "a line of a report of sockctl",
        "description", "Version " PACKAGE_VERSION ". More fields and events may come; none is renamed.",
        "type", "object", "required", "event", "time");
    json_t *defs = json_object();
    json_object_set_new(defs, "address", parsed(address_schema));
    json_object_set_new(defs, "error", parsed(error_schema));
    fields_add(defs);
    events_add(root, defs);
    json_object_set_new(root, "$defs", defs);
    /* json_dumpf() has one result for want of memory and for an output that takes no more. */
    cleanup_free char *text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    if (!text)
        return -1;
    fputs(text, out);
    fputc('\n', out);
    return 0;
}
