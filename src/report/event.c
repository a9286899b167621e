/* SPDX-License-Identifier: ISC */
/* The sink: which stream an event goes to, and in which form. */
#include "report/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/stops.h"
#include "report/writer.h"

const struct event_row event_rows[EVENT_KINDS] = {
#define EVENT(kind, name, level, plane, tone, text) [EVENT_##kind] = {name, level, plane, tone, text},
#include "report/events.def"
#undef EVENT
};

const char *const warning_codes[WARNINGS] = {
#define WARNING(id, code, meaning) [WARNING_##id] = (code),
#include "report/warnings.def"
#undef WARNING
};

struct field field_json(struct field field)
{
    field.json_only = true;
    return field;
}

struct field field_result_text(struct field result)
{
    if (result.type == FIELD_INT)
        return F_NONE;
    result.key = "result_text";
    return result;
}

struct field field_text(const char *key, const char *text)
{
    return (struct field){.key = key, .type = text ? FIELD_TEXT : FIELD_NONE, .text = text};
}

struct field field_foreign(const char *key, const char *text)
{
    return (struct field){.key = key,
        .type = text ? FIELD_BYTES : FIELD_NONE,
        .bytes = text,
        .extra = text ? (int64_t)strlen(text) : 0};
}

struct field field_address(const char *key, const struct address *address)
{
    bool there = address && address->length;
    return (struct field){.key = key, .type = there ? FIELD_ADDRESS : FIELD_NONE, .address = address};
}

struct field field_state(const char *key, int state)
{
    return (struct field){
        .key = key, .type = state < 0 ? FIELD_NONE : FIELD_NAME, .table = &names_state, .extra = state};
}

struct field field_object(const char *key, const struct field *const *object)
{
    return (struct field){.key = key, .type = FIELD_OBJECT, .rows = object, .extra = 1};
}

struct field field_time(const char *key, int64_t ns)
{
    return (struct field){.key = key, .type = ns < 0 ? FIELD_NONE : FIELD_TIME, .number = ns};
}

bool is_smart_terminal(int fd)
{
    const char *terminal = getenv("TERM");
    return isatty(fd) && (!terminal || strcmp(terminal, "dumb") != 0);
}

bool is_colored(enum color colors, int fd)
{
    const char *no_color = getenv("NO_COLOR");
    if (colors != COLOR_AUTO)
        return colors == COLOR_ALWAYS;
    return is_smart_terminal(fd) && (!no_color || !*no_color);
}

void sink_open(struct sink *sink, int report_fd, bool json, enum level level, enum color colors)
{
    FILE *out = writer_stream(STDOUT_FILENO), *err = writer_stream(STDERR_FILENO);
    FILE *report = report_fd == STDOUT_FILENO ? out : err;
    *sink = (struct sink){.out = out,
        .report = report,
        .results = report,
        .diagnostics = err,
        .level = level,
        .json = json,
        .colors = colors,
        .color = is_colored(colors, report_fd),
        .notes = level > LEVEL_ERRORS && is_smart_terminal(STDERR_FILENO),
        .color_diagnostics = is_colored(colors, STDERR_FILENO),
        .terminals = {is_smart_terminal(STDOUT_FILENO), is_smart_terminal(STDERR_FILENO)},
        .stamps = level >= LEVEL_CALLS,
        .start = clock_now()};
}

/* If the reader of stderr has gone, or stderr was closed, the report is not wanted: that is not a loss. */
static bool is_loss(const struct sink *sink, const FILE *stream, int error)
{
    return stream == sink->out || (error != EPIPE && error != EBADF);
}

static void line_flush(struct sink *sink, FILE *stream)
{
    if (writer_flush(stream) == 0 || sink->error || !is_loss(sink, stream, errno))
        return;
    sink->error = errno;
    sink->lost = stream == sink->out ? "stdout" : "stderr";
    /* The reader has gone: stop, or we would run for ever with no one reading. */
    if (sink->error == EPIPE)
        stops_raise();
}

/* Removes the line of sink_note() before another line takes its place. */
static void note_clear(struct sink *sink)
{
    if (!sink->noted)
        return;
    sink->noted = false;
    fputs("\r\033[K", sink->diagnostics);
    if (sink->report != sink->diagnostics)
        line_flush(sink, sink->diagnostics);
}

void sink_note(struct sink *sink, const char *text)
{
    if (!text && !sink->noted)
        return;
    if (text)
        fprintf(sink->diagnostics, "\r\033[K%s\r", text);
    else
        note_clear(sink);
    sink->noted = text != NULL;
    line_flush(sink, sink->diagnostics);
}

/* A part that no memory was left for is missing from what a renderer has just written. */
static void memory_check(struct sink *sink)
{
    if (errno != ENOMEM || sink->error)
        return;
    sink->error = errno;
    sink->lost = "report";
}

void sink_page(struct sink *sink)
{
    fputs("\033[H\033[J", sink->report);
}

void sink_heading(struct sink *sink, const char *text)
{
    fprintf(sink->report, sink->color ? "\033[2m%s\033[0m\n" : "%s\n", text);
}

static void event_show(
    struct sink *sink, const struct event_row *row, const struct field *fields, int64_t when)
{
    bool diagnostic = row->plane == PLANE_DIAGNOSTIC || row->plane == PLANE_FAILURE;
    FILE *out = row->plane == PLANE_RESULT ? sink->results : sink->report;
    if (sink->json || row->text)
        note_clear(sink);
    errno = 0;
    if (sink->json) {
        json_render(out, row, fields, when);
        memory_check(sink);
        if (!sink->held)
            line_flush(sink, out);
    }
    FILE *people = diagnostic ? sink->diagnostics : out;
    if (row->text && (!sink->json || (row->plane == PLANE_FAILURE && people != out))) {
        /* Lines that were held come first. */
        if (sink->held && people != out)
            line_flush(sink, out);
        text_render(people, sink, row, fields, when);
        memory_check(sink);
        if (!sink->held || people != out)
            line_flush(sink, people);
    }
}

void sink_emit_at(struct sink *sink, enum level level, enum event_kind kind, const struct field *fields)
{
    const struct event_row *row = &event_rows[kind];
    int saved = errno;
    int64_t when = clock_now() - sink->start;
    if (sink_copies(sink, level)) {
        sink->copy_calls -= level == LEVEL_DATA;
        json_render(sink->copy, row, fields, when);
    }
    if (sink_shows(sink, level))
        event_show(sink, row, fields, when);
    errno = saved;
}

void sink_emit(struct sink *sink, enum event_kind kind, const struct field *fields)
{
    sink_emit_at(sink, event_rows[kind].level, kind, fields);
}

void sink_flush(struct sink *sink)
{
    line_flush(sink, sink->report);
}

void sink_connection(struct sink *sink, int fd, unsigned conn)
{
    if ((!sink->json && !sink->copy) || !sink_wants(sink, EVENT_CALL) || fd < 0)
        return;
    size_t at = (size_t)fd;
    if (at >= sink->connections_size) {
        size_t size = 2 * at + 16;
        unsigned *grown = reallocarray(sink->connections, size, sizeof(*grown));
        if (!grown)
            return;
        memset(grown + sink->connections_size, 0, (size - sink->connections_size) * sizeof(*grown));
        sink->connections = grown;
        sink->connections_size = size;
    }
    sink->connections[at] = conn;
}

unsigned sink_connection_of(const struct sink *sink, int fd)
{
    return fd >= 0 && (size_t)fd < sink->connections_size ? sink->connections[fd] : 0;
}
