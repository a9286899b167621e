/* SPDX-License-Identifier: ISC */
/* The causes, and emitting one of them. */
#ifndef WHY_CAUSE_H
#define WHY_CAUSE_H

#include "report/event.h"
#include "why/failure.h"

/* The most lines for one failure, and for that of a name: each server has its own. */
#define WHY_LINES      3
#define WHY_LINES_NAME 8

/* Every cause; scripts rely on the codes. */
enum cause {
#define CAUSE(id, code, meaning, text) CAUSE_##id,
#include "why/causes.def"
#undef CAUSE
    CAUSES
};

struct cause_row {
    const char *code;    /* "port-held-by-listener" */
    const char *meaning; /* one line for the manual */
    const char *text;    /* the line for people, over the evidence, in the grammar of report/text.c */
};
extern const struct cause_row cause_rows[CAUSES];

/* Emits kind with the cause's code, as field key, and text before its evidence. */
void cause_event_emit(struct sink *sink, enum event_kind kind, const char *key, unsigned conn,
    enum cause cause, const struct field *evidence);

/* One failure being explained. */
struct why {
    struct sink *sink;
    const struct failure *failure;
    const struct evidence *evidence; /* the failure's */
    int emitted;                     /* lines so far */
    int most;                        /* lines in all */
    bool warns;                      /* no call failed: they are warnings */
};

/* Emits a cause with its evidence; silent after why->most of them. */
void cause_emit(struct why *why, enum cause cause, const struct field *fields);
#define emit_cause(why, cause, ...)                                                                          \
    cause_emit((why), CAUSE_##cause, (const struct field[]){__VA_ARGS__, F_END})

#endif
