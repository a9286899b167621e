/* SPDX-License-Identifier: ISC */
/* Events: what happened, as typed fields, and the sink that renders them as text or JSON. */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/address.h"
#include "base/name.h"

/* The version of the JSON format, which `start` carries: it grows if a field goes or changes its meaning. */
#define REPORT_FORMAT 1

/* How much is reported: each level includes the ones before it, up to LEVEL_DATA. The last is of the copy
 * alone, and LEVEL_NONE of a sink alone. */
enum level {
    LEVEL_NONE = -1,
    LEVEL_ERRORS,
    LEVEL_LIFE,
    LEVEL_CALLS,
    LEVEL_DATA,
    LEVEL_JSON_ONLY,
    LEVEL_PICTURE
};

/* Whether lines have colours. COLOR_AUTO: on a terminal that has them, unless NO_COLOR is set. */
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* The colour of a line, and the stream it belongs to (see struct sink). */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_DIM, TONE_NOTE };
enum plane { PLANE_REPORT, PLANE_RESULT, PLANE_DIAGNOSTIC, PLANE_FAILURE };

enum event_kind {
#define EVENT(kind, name, level, plane, tone, text) EVENT_##kind,
#include "report/events.def"
#undef EVENT
    EVENT_KINDS
};

enum warning {
#define WARNING(id, code, meaning) WARNING_##id,
#include "report/warnings.def"
#undef WARNING
    WARNINGS
};
extern const char *const warning_codes[WARNINGS];

struct event_row {
    const char *name; /* the JSON "event" */
    enum level level;
    enum plane plane;
    enum tone tone;
    const char *text; /* the line for people, in the grammar of text.c; NULL: none */
};
extern const struct event_row event_rows[EVENT_KINDS];

enum field_type {
    FIELD_NONE, /* absent: neither renderer shows it */
    FIELD_END,
    FIELD_NULL,       /* present, but without a value: NULL */
    FIELD_CONN,       /* number of a connection; text puts "#3" before the line if the sink numbers them */
    FIELD_INT,        /* number */
    FIELD_COUNT,      /* unsigned; all ones: no limit, null in JSON */
    FIELD_SIZE,       /* the same, in bytes */
    FIELD_RATE,       /* the same, in bytes per second */
    FIELD_BOOL,       /* is */
    FIELD_SWITCH,     /* is, as C's 0 or 1 in text */
    FIELD_TEXT,       /* text: our own words, UTF-8 */
    FIELD_BYTES,      /* bytes from outside: shown through vis(3) */
    FIELD_HEX,        /* bytes shown as hexadecimal */
    FIELD_DUMP,       /* bytes: lines of hexdump in text, hexadecimal in JSON; offset: of the first byte */
    FIELD_NAME,       /* a constant by its C name, or a number */
    FIELD_FLAGS,      /* a set of constants */
    FIELD_ADDRESS,    /* address; absent if its length is 0 */
    FIELD_ERRNO,      /* number: an errno; absent when 0 */
    FIELD_EAI,        /* code: EAI_*; number: the errno beside it, or 0 */
    FIELD_EAI_RESULT, /* the same for a call whose result is the code: text leaves the number out */
    FIELD_H_ERRNO,    /* code: h_errno; number: the errno beside it, or 0 */
    FIELD_TIME,       /* number of nanoseconds */
    FIELD_TIME_FINE,  /* the same; text shows microseconds, as thousandths of a millisecond */
    FIELD_TIMES,      /* count numbers of nanoseconds; text as FIELD_TIME_FINE */
    FIELD_OBJECT,     /* rows[0]: the fields of the object */
    FIELD_LIST,       /* count arrays of fields: a list of objects */
    FIELD_TEXTS,      /* count texts: a list of our own strings */
    FIELD_WORDS,      /* count strings from outside, each escaped */
};

/* A field borrows everything it points to, for as long as the emit() that carries it. */
struct field {
    const char *key;
    enum field_type type;
    union {
        bool is;
        int64_t number;
        uint64_t size;
        const char *text;
        const struct address *address;
        const struct field *const *rows;
        const char *const *texts;
        const int64_t *times;
        const void *bytes;
        const struct name_table *table;
    };
    int64_t extra;   /* length of bytes, count of rows, value of a name, EAI code */
    uint64_t offset; /* of a dump */
    bool json_only;  /* {*} leaves it out */
};

#define F_END          ((struct field){.type = FIELD_END})
#define F_NONE         ((struct field){.type = FIELD_NONE})
#define F_NULL(k)      ((struct field){.key = (k), .type = FIELD_NULL})
#define F_CONN(n)      ((struct field){.key = "conn", .type = (n) ? FIELD_CONN : FIELD_NONE, .number = (n)})
#define F_INT(k, v)    ((struct field){.key = (k), .type = FIELD_INT, .number = (v)})
#define F_COUNT(k, v)  ((struct field){.key = (k), .type = FIELD_COUNT, .size = (v)})
#define F_SIZE(k, v)   ((struct field){.key = (k), .type = FIELD_SIZE, .size = (v)})
#define F_RATE(k, v)   ((struct field){.key = (k), .type = FIELD_RATE, .size = (v)})
#define F_BOOL(k, v)   ((struct field){.key = (k), .type = FIELD_BOOL, .is = (v)})
#define F_SWITCH(k, v) ((struct field){.key = (k), .type = FIELD_SWITCH, .is = (v)})
/* A boolean that is present only if it is true. */
#define F_TRUE(k, v)   ((struct field){.key = (k), .type = (v) ? FIELD_BOOL : FIELD_NONE, .is = true})
#define F_TEXT(k, v)   field_text((k), (v))
#define F_BYTES(k, p, n)                                                                                     \
    ((struct field){.key = (k), .type = FIELD_BYTES, .bytes = (p), .extra = (int64_t)(n)})
#define F_WARNING(w)    F_TEXT("code", warning_codes[WARNING_##w]) /* of EVENT_WARNING */
#define F_FOREIGN(k, s) field_foreign((k), (s)) /* a C string from outside; absent if NULL */
#define F_HEX(k, p, n)  ((struct field){.key = (k), .type = FIELD_HEX, .bytes = (p), .extra = (int64_t)(n)})
#define F_DUMP(k, p, n, o)                                                                                   \
    ((struct field){.key = (k), .type = FIELD_DUMP, .bytes = (p), .extra = (int64_t)(n), .offset = (o)})
#define F_NAME(k, t, v)  ((struct field){.key = (k), .type = FIELD_NAME, .table = &(t), .extra = (v)})
#define F_FLAGS(k, t, v) ((struct field){.key = (k), .type = FIELD_FLAGS, .table = &(t), .extra = (v)})
#define F_ADDRESS(k, a)  field_address((k), (a))
/* A TCP state; absent if negative (not a TCP socket). */
#define F_STATE(k, v)    field_state((k), (v))

/* Absent if 0. */
#define F_ERRNO(v) ((struct field){.key = "error", .type = (v) ? FIELD_ERRNO : FIELD_NONE, .number = (v)})
#define F_EAI(c, e)                                                                                          \
    ((struct field){.key = "error", .type = (c) ? FIELD_EAI : FIELD_NONE, .number = (e), .extra = (c)})
/* For a call whose result, the same number, is printed before it. */
#define F_EAI_RESULT(c, e)                                                                                   \
    ((struct field){.key = "error", .type = (c) ? FIELD_EAI_RESULT : FIELD_NONE, .number = (e), .extra = (c)})
#define F_H_ERRNO(c, e)                                                                                      \
    ((struct field){.key = "error", .type = (c) ? FIELD_H_ERRNO : FIELD_NONE, .number = (e), .extra = (c)})
/* Nanoseconds; absent if negative. */
#define F_TIME(k, v) field_time((k), (v))
#define F_OBJECT(k, f)                                                                                       \
    ((struct field){.key = (k), .type = FIELD_OBJECT, .rows = (const struct field *const[]){(f)}, .extra = 1})
#define F_LIST(k, r, n) ((struct field){.key = (k), .type = FIELD_LIST, .rows = (r), .extra = (int64_t)(n)})
#define F_TEXTS(k, t, n)                                                                                     \
    ((struct field){.key = (k), .type = FIELD_TEXTS, .texts = (t), .extra = (int64_t)(n)})
#define F_WORDS(k, t, n)                                                                                     \
    ((struct field){                                                                                         \
        .key = (k), .type = FIELD_WORDS, .texts = (const char *const *)(t), .extra = (int64_t)(n)})

/* A duration whose microseconds matter. */
#define F_TIME_FINE(k, v) ((struct field){.key = (k), .type = FIELD_TIME_FINE, .number = (v)})

/* The same for JSON alone, where a regular form stands beside an older one. */
struct field field_json(struct field field);
/* What a call returned that has no number, from its field "result"; absent if it has one. */
struct field field_result_text(struct field result);
#define F_TIMES(k, t, n)                                                                                     \
    ((struct field){.key = (k), .type = FIELD_TIMES, .times = (t), .extra = (int64_t)(n)})

struct field field_text(const char *key, const char *text); /* absent if NULL */
struct field field_foreign(const char *key, const char *text);
struct field field_address(const char *key, const struct address *address); /* absent if NULL or empty */
struct field field_state(const char *key, int state);
struct field field_time(const char *key, int64_t ns);
/* An object of the fields that *object begins; unlike F_OBJECT, it may outlive the statement. */
struct field field_object(const char *key, const struct field *const *object);

/* Where events go. Planes: the report; the result lines of a command whose report goes elsewhere (-z); and
 * diagnostics, which as text always go to stderr. Under --json diagnostics are events of the report, and if
 * that is stdout, a failure is also written to stderr. */
struct sink {
    FILE *out; /* of stdout */
    FILE *report, *results, *diagnostics;
    enum level level;
    bool json;
    enum color colors;
    bool color;             /* lines of the report are coloured */
    bool color_diagnostics; /* those on stderr */
    bool stamps;            /* each line begins with the seconds since start */
    bool held;              /* lines of the report may wait for sink_flush() */
    bool numbered;          /* lines of a connection begin with its number */
    bool terminals[2];      /* stdout, stderr: lines are wrapped to its columns */
    size_t width;   /* columns of the report's terminal, to which its lines are folded; 0: they are not */
    bool cut;       /* cut instead */
    FILE *copy;     /* gets every event as JSON, whatever the level; NULL: there is none */
    int copy_calls; /* so many more data calls go there */
    unsigned *connections; /* the connection of each descriptor, see sink_connection(); 0: none */
    size_t connections_size;
    int64_t start;    /* clock_now() at the start */
    bool notes;       /* stderr is a terminal that erases: sink_note() shows something */
    bool noted;       /* the line of sink_note() is on the terminal */
    int error;        /* errno of the first write by which a part of the report was lost, or 0 */
    const char *lost; /* which stream: "stdout", "stderr"; or "report" */
};

/* report_fd: 1 or 2. */
void sink_open(struct sink *sink, int report_fd, bool json, enum level level, enum color colors);

/* Whether fd is a terminal that knows escape sequences (TERM is not dumb). */
bool is_smart_terminal(int fd);
/* Whether lines on fd are to be coloured. */
bool is_colored(enum color colors, int fd);

static inline bool sink_shows(const struct sink *sink, enum level level)
{
    return level == LEVEL_JSON_ONLY ? sink->json && sink->level > LEVEL_ERRORS : level <= sink->level;
}

static inline bool sink_copies(const struct sink *sink, enum level level)
{
    return sink->copy && (level != LEVEL_DATA || sink->copy_calls > 0);
}

static inline bool sink_wants_level(const struct sink *sink, enum level level)
{
    return sink_shows(sink, level) || sink_copies(sink, level);
}

static inline bool sink_wants(const struct sink *sink, enum event_kind kind)
{
    return sink_wants_level(sink, event_rows[kind].level);
}

/* Renders one event as one line, flushed unless the sink is held. fields end with F_END. Keeps errno. */
void sink_emit_at(struct sink *sink, enum level level, enum event_kind kind, const struct field *fields);
/* The same at the level of its row. */
void sink_emit(struct sink *sink, enum event_kind kind, const struct field *fields);

/* Writes the lines that were held back. A caller that is about to emit many events holds them, to write many
 * at once. */
void sink_flush(struct sink *sink);

/* Clears the terminal of the report, for a page that is drawn again. */
void sink_page(struct sink *sink);

/* Writes a line above the columns of a report in text. */
void sink_heading(struct sink *sink, const char *text);

/* From now on descriptor fd is of connection conn (0: of none), so that the JSON report of a call on it says
 * so. Does nothing if no call is reported as JSON. */
void sink_connection(struct sink *sink, int fd, unsigned conn);
unsigned sink_connection_of(const struct sink *sink, int fd);

/* Shows a line on stderr, if that is a terminal, until another line takes its place; NULL removes it. */
void sink_note(struct sink *sink, const char *text);

/* Builds the fields only if the event is wanted: at the level of its row, or at one that the moment gives. */
#define emit(sink, kind, ...) emit_at((sink), event_rows[kind].level, (kind), __VA_ARGS__)
#define emit_at(sink, level, kind, ...)                                                                      \
    do {                                                                                                     \
        if (sink_wants_level((sink), (level)))                                                               \
            sink_emit_at((sink), (level), (kind), (const struct field[]){__VA_ARGS__, F_END});               \
    } while (0)

/* Fills a line for people from the fields, by the grammar in text.c; foreign bytes are escaped. */
void text_fill(FILE *out, const char *text, const struct field *fields);

/* The renderers. when: nanoseconds since the start. */
void text_render(FILE *out, const struct sink *sink, const struct event_row *row, const struct field *fields,
    int64_t when);
void json_render(FILE *out, const struct event_row *row, const struct field *fields, int64_t when);

#endif
