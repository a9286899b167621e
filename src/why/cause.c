/* SPDX-License-Identifier: ISC */
/* The table of causes, and emitting one of them. */
#include "why/cause.h"

#include "base/cleanup.h"

/* clang-format off */
const struct cause_row cause_rows[CAUSES] = {
#define CAUSE(id, code, meaning, text) [CAUSE_##id] = {code, meaning, text},
#include "why/causes.def"
#undef CAUSE
};
/* clang-format on */

#define FIELDS_MAX 24

void cause_event_emit(struct sink *sink, enum event_kind kind, const char *key, unsigned conn,
    enum cause cause, const struct field *evidence)
{
    struct field fields[FIELDS_MAX + 4];
    size_t count = 3, size;
    cleanup_free char *text = NULL;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    text_fill(memory, cause_rows[cause].text, evidence);
    if (fclose(memory) != 0)
        return;
    fields[0] = F_CONN(conn);
    fields[1] = F_TEXT(key, cause_rows[cause].code);
    fields[2] = F_TEXT("text", text);
    for (; evidence->type != FIELD_END && count < FIELDS_MAX + 3; evidence++)
        fields[count++] = *evidence;
    fields[count] = F_END;
    sink_emit(sink, kind, fields);
}

void cause_emit(struct why *why, enum cause cause, const struct field *fields)
{
    if (why->emitted++ < why->most)
        cause_event_emit(why->sink, why->warns ? EVENT_WARNING : EVENT_WHY, why->warns ? "code" : "cause",
            why->failure->conn, cause, fields);
}
