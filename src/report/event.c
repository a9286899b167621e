/* The sink: which stream an event goes to, and in which form. */
#include "report/event.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/stops.h"

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

struct field field_time(const char *key, int64_t ns)
{
    return (struct field){.key = key, .type = ns < 0 ? FIELD_NONE : FIELD_TIME, .number = ns};
}

void sink_open(struct sink *sink, int report_fd, bool json, enum level level, bool no_color)
{
    static char line[64 * 1024];
    FILE *report = report_fd == STDOUT_FILENO ? stdout : stderr;
    /* A line is one write(2), so that it stays whole where several programs write to the same place. */
    setvbuf(stderr, line, _IOFBF, sizeof(line));
    *sink = (struct sink){.report = report,
        .results = report,
        .diagnostics = stderr,
        .level = level,
        .json = json,
        .color = !no_color && isatty(report_fd),
        .stamps = level >= LEVEL_CALLS,
        .start = clock_now()};
}

static void line_flush(struct sink *sink, FILE *out)
{
    sigset_t before;
    struct pollfd room = {.fd = fileno(out), .events = POLLOUT};
    /* Whoever reads the report may never read on. */
    bool blocks = poll(&room, 1, 0) == 0;
    if (blocks)
        stops_let_through(&before);
    /* A lost report on stderr cannot be told to anyone; a lost one on stdout fails the command. */
    bool lost = fflush(out) != 0 && out == stdout && !sink->error;
    if (lost)
        sink->error = errno;
    if (blocks)
        sigprocmask(SIG_SETMASK, &before, NULL);
    /* Whoever read it has gone: what runs for ever would otherwise go on for nobody. */
    if (lost && sink->error == EPIPE)
        stops_raise();
}

void sink_emit(struct sink *sink, enum event_kind kind, const struct field *fields)
{
    const struct event_row *row = &event_rows[kind];
    int saved = errno;
    int64_t when = clock_now() - sink->start;
    bool diagnostic = row->plane == PLANE_DIAGNOSTIC || row->plane == PLANE_FAILURE;
    FILE *out = row->plane == PLANE_RESULT ? sink->results : sink->report;
    if (sink->json) {
        json_render(out, row, fields, when);
        if (!sink->held)
            line_flush(sink, out);
    }
    FILE *people = diagnostic ? sink->diagnostics : out;
    if (row->text && (!sink->json || (row->plane == PLANE_FAILURE && people != out))) {
        /* What was told before comes before. */
        if (sink->held && people != out)
            line_flush(sink, out);
        text_render(people, sink, row, fields, when);
        if (!sink->held || people != out)
            line_flush(sink, people);
    }
    errno = saved;
}

void sink_flush(struct sink *sink)
{
    line_flush(sink, sink->report);
}
