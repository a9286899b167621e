/* SPDX-License-Identifier: ISC */
/* Remembers the fields of events by subject, as text, and reports what changed. */
#include "cmd/peerinfo/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define FIELDS_MAX 96

struct memory {
    enum event_kind kind;
    uint64_t identity;
    unsigned round; /* the last round that reported it */
    char *texts[FIELDS_MAX];
    const char *keys[FIELDS_MAX]; /* of the fields that were present */
    struct memory *next;
};

struct kept {
    uint64_t identity;
    struct tcpinfo tcpinfo;
    struct kept *next;
};

struct changes {
    struct memory *memories;
    struct kept *kept;
    unsigned round;
};

struct changes *changes_new(void)
{
    return calloc(1, sizeof(struct changes));
}

static void memory_free(struct memory *memory)
{
    for (size_t i = 0; i < FIELDS_MAX; i++)
        free(memory->texts[i]);
    free(memory);
}

void changes_free(struct changes *changes)
{
    while (changes && changes->memories) {
        struct memory *next = changes->memories->next;
        memory_free(changes->memories);
        changes->memories = next;
    }
    while (changes && changes->kept) {
        struct kept *next = changes->kept->next;
        free(changes->kept);
        changes->kept = next;
    }
    free(changes);
}

static struct memory *memory_find(const struct changes *changes, enum event_kind kind, uint64_t identity)
{
    struct memory *memory = changes->memories;
    while (memory && (memory->kind != kind || memory->identity != identity))
        memory = memory->next;
    return memory;
}

/* A field's value as text; NULL if the field is absent. The caller frees it. */
static char *field_text_of(const struct field *field)
{
    const struct field alone[] = {*field, F_END};
    char template[128], *text = NULL;
    size_t size;
    if (field->type == FIELD_NONE)
        return NULL;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return NULL;
    snprintf(template, sizeof(template), "{%s}", field->key);
    text_fill(memory, template, alone);
    fclose(memory);
    return text;
}

static bool is_running(const struct field *field, const char *const *running)
{
    for (; field->type != FIELD_NONE && running && *running; running++)
        if (strcmp(field->key, *running) == 0)
            return true;
    return false;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A producer emits the same fields in the same places each time, some of them absent; a field that disappears
 * is reported as null. */
static size_t differences(struct memory *memory, size_t keep, const char *const *running,
    const struct field *fields, struct field *different)
{
    size_t count = 0;
    for (size_t i = 0; fields[i].type != FIELD_END && i < FIELDS_MAX; i++) {
        char *text = field_text_of(&fields[i]);
        bool same = is_same(text, memory->texts[i]);
        free(memory->texts[i]);
        memory->texts[i] = text;
        if (fields[i].type != FIELD_NONE)
            memory->keys[i] = fields[i].key;
        if (i >= keep && !same && !is_running(&fields[i], running))
            different[count++] = fields[i].type == FIELD_NONE ? F_NULL(memory->keys[i]) : fields[i];
    }
    return count;
}

void changes_emit(struct changes *changes, struct sink *sink, enum event_kind kind, enum event_kind changed,
    uint64_t identity, size_t keep, const char *const *running, const struct field *fields)
{
    struct field different[FIELDS_MAX + 1];
    struct memory *memory = changes ? memory_find(changes, kind, identity) : NULL;
    bool is_new = !memory;
    if (changes && is_new) {
        memory = calloc(1, sizeof(*memory));
        if (memory) {
            *memory = (struct memory){.kind = kind, .identity = identity, .next = changes->memories};
            changes->memories = memory;
        }
    }
    if (memory) {
        memory->round = changes->round;
        for (size_t i = 0; i < keep; i++)
            different[i] = fields[i];
        size_t count = differences(memory, keep, running, fields, different + keep);
        different[keep + count] = F_END;
        if (!is_new && count == 0)
            return;
    }
    if (is_new)
        sink_emit(sink, kind, fields);
    else
        sink_emit(sink, changed, different);
}

void changes_round(struct changes *changes)
{
    changes->round++;
}

void changes_gone(
    struct changes *changes, enum event_kind kind, void (*gone)(uint64_t identity, void *data), void *data)
{
    for (struct memory **at = &changes->memories; *at;) {
        struct memory *memory = *at;
        if (memory->kind != kind || memory->round == changes->round) {
            at = &memory->next;
            continue;
        }
        gone(memory->identity, data);
        *at = memory->next;
        memory_free(memory);
    }
}

bool changes_tcpinfo(
    struct changes *changes, uint64_t identity, const struct tcpinfo *tcpinfo, struct tcpinfo *before)
{
    struct kept *kept = changes ? changes->kept : NULL;
    while (kept && kept->identity != identity)
        kept = kept->next;
    bool found = kept != NULL;
    if (found)
        *before = kept->tcpinfo;
    else if (changes && (kept = malloc(sizeof(*kept)))) {
        *kept = (struct kept){.identity = identity, .next = changes->kept};
        changes->kept = kept;
    }
    if (kept)
        kept->tcpinfo = *tcpinfo;
    return found;
}
