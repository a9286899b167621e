/* SPDX-License-Identifier: ISC */
/* sockctl oob-send: sends segments of ordinary and of urgent data, and shows each send. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/input.h"
#include "base/number.h"
#include "base/passes.h"
#include "base/text.h"
#include "call/observe.h"
#include "cmd/command.h"
#include "cmd/options/message-options.h"
#include "cmd/options/nc-letters.h"
#include "cmd/options/operands.h"
#include "cmd/outcome.h"
#include "cmd/draw/picture.h"
#include "cmd/session.h"
#include "cmd/options/socket-options.h"
#include "cmd/stop.h"
#include "call/call.h"
#include "net/connect/dial.h"
#include "net/socket/target.h"
#include "net/urgent/urgent.h"
#include "net/socket/closed.h"

struct oob_send_options {
    struct report_options report;
    struct spec spec;
    int64_t interval;
    bool cork;
    struct message_options messages;
    char **segments; /* borrowed from argv */
    int count;
    char line[128]; /* the beginning of stdin, as it was read */
};

#define FIELD(member) offsetof(struct oob_send_options, member)
static const struct option_row oob_send_rows[] = {
    {'i', "interval", "T", "wait T between segments", .type = OPTION_DURATION, .offset = FIELD(interval)},
    {0, "cork", NULL, "send all but the last with MSG_MORE, so that they may share a TCP segment",
        .type = OPTION_TRUE, .offset = FIELD(cork)},
    {.type = OPTION_END},
};
static const struct option_set oob_send_sets[] = {
    {"Segments", dial_rows, FIELD(spec)},
    {"Segments", oob_send_rows, 0},
    {"Flags", send_flag_rows, FIELD(messages)},
    {"Sockets", socket_rows, FIELD(spec)},
    {"Report", picture_rows, FIELD(report)},
    {"Report", report_rows, FIELD(report)},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

/* Decodes C escapes in place; the text may contain NULs. -1 if an escape is invalid. */
static ssize_t text_decode(char *text, size_t length)
{
    size_t decoded = 0, at = 0;
    for (;; text[decoded++] = '\0') {
        size_t part = strlen(text + at);
        /* Decoded text is never longer than its escapes. */
        int got = text_unescape(text + decoded, part + 1, text + at);
        if (got < 0)
            return -1;
        decoded += (size_t)got;
        at += part + 1;
        if (at > length)
            return (ssize_t)decoded;
    }
}

/* Decodes "TEXT", "text:TEXT" or "oob:TEXT", of the given length and a NUL, in place. False if an escape is
 * invalid. */
static bool segment_parse(char *text, size_t length, struct urgent_segment *segment)
{
    segment->urgent = strncmp(text, "oob:", 4) == 0;
    if (segment->urgent || strncmp(text, "text:", 5) == 0) {
        size_t prefix = segment->urgent ? 4 : 5;
        text += prefix;
        length -= prefix;
    }
    ssize_t decoded = text_decode(text, length);
    segment->bytes = text;
    segment->length = decoded < 0 ? 0 : (size_t)decoded;
    return decoded >= 0;
}

/* Takes HOST PORT, HOST:PORT or PATH; the words after it are the segments. */
static int target_take(struct oob_send_options *options, int argc, char **argv)
{
    struct spec *spec = &options->spec;
    char *host, *service;
    int taken = 1, status;
    if (spec->family == AF_UNIX) {
        status = operand_path(1, argv, spec);
    } else if (!strstr(argv[0], "://") && address_split(argv[0], &host, &service)) {
        status = operands_split(2, (char *[]){host, service}, false, &spec->host, &spec->service);
    } else {
        taken = 2;
        status = operands_split(argc < 2 ? argc : 2, argv, false, &spec->host, &spec->service);
    }
    options->segments = argv + taken;
    options->count = argc - taken;
    return status;
}

static int oob_send_plan(void *data, int argc, char **argv)
{
    struct oob_send_options *options = data;
    struct spec *spec = &options->spec;
    const struct timeout_reasons reasons = {.accept = "oob-send does not accept; see --connect-timeout",
        .idle = "oob-send does not idle; see --connect-timeout"};
    int status = socket_options_plan(spec);
    if (status == EXIT_DONE)
        status = timeouts_check(spec, &reasons);
    if (status == EXIT_DONE && options->cork && spec->family == AF_UNIX)
        return usage_error("--cork: MSG_MORE has no effect on a unix socket");
    if (status == EXIT_DONE)
        status = target_take(options, argc, argv);
    if (status != EXIT_DONE)
        return status;
    for (int i = 0; i < options->count; i++) {
        cleanup_free char *copy = strdup(options->segments[i]);
        struct urgent_segment segment;
        if (copy && !segment_parse(copy, strlen(copy), &segment))
            return usage_error("segment '%s': invalid escape (see unvis(3))", options->segments[i]);
    }
    return EXIT_DONE;
}

/* Waits until stdin can be read: 1 if it can, 0 if the user stopped it, with the exit status in *stopped. */
static int input_wait(const struct context *context, int *stopped)
{
    struct pollfd fds[] = {
        {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = context->stop_fd, .events = POLLIN}};
    int result;
    do
        result = watch_poll(context, EVENT_DATA_CALL, fds, array_size(fds), INT64_MAX);
    while (result == 0);
    if (result < 0)
        *stopped = call_finish(context->sink, "poll");
    else if (fds[1].revents)
        *stopped = stop_status(context);
    return !*stopped;
}

static int sender_finish(struct urgent_sender *sender, int result)
{
    if (result > 0)
        return EXIT_SIGNAL + result;
    return result < 0 ? failure_finish(sender->sink, &sender->failure) : EXIT_DONE;
}

static int arguments_send(struct oob_send_options *options, struct urgent_sender *sender)
{
    int result = 0, status;
    for (int i = 0; i < options->count && result == 0; i++) {
        struct urgent_segment segment;
        if (i > 0 && options->interval > 0 &&
            (status = stop_wait(sender->context, options->interval)) != EXIT_DONE)
            return status;
        segment_parse(options->segments[i], strlen(options->segments[i]), &segment);
        segment.more = options->cork && i + 1 < options->count;
        result = urgent_segment_send(sender, &segment);
    }
    return sender_finish(sender, result);
}

/* errno says why. Returns -1. */
static int sender_fail(
    struct urgent_sender *sender, enum failure_phase phase, const char *call, const char *name)
{
    failure_fill(&sender->failure, phase, call, NULL, 0);
    sender->failure.name = name;
    return -1;
}

static int line_send(
    struct oob_send_options *options, struct urgent_sender *sender, char *line, size_t length)
{
    struct urgent_segment segment;
    snprintf(options->line, sizeof(options->line), "line '%.80s' of stdin", line);
    if (!segment_parse(line, length, &segment)) {
        errno = EINVAL;
        return sender_fail(sender, PHASE_OTHER, "strunvis", options->line);
    }
    segment.more = options->cork;
    return urgent_segment_send(sender, &segment);
}

/* Reads the next line of stdin, or the rest after the last newline: 1; 0 at the end; -1 with sender->failure;
 * 0 with the exit status in *stopped if the user stopped it. */
static int line_wait(
    struct urgent_sender *sender, struct input_lines *lines, char **line, size_t *length, int *stopped)
{
    unsigned tries = 0;
    while (!(*line = input_line(lines, length))) {
        if (!input_wait(sender->context, stopped))
            return 0;
        int result = input_fill(lines);
        if (result == 0)
            return (*line = input_rest(lines, length)) != NULL;
        if (result > 0)
            tries = 0;
        if (result > 0 || passes(&tries))
            continue;
        return sender_fail(sender, PHASE_OUTPUT, "read", "stdin");
    }
    return 1;
}

static int lines_send(struct oob_send_options *options, struct urgent_sender *sender)
{
    struct input_lines lines = {.fd = STDIN_FILENO};
    char *line;
    size_t length;
    int stopped = 0, result = 0;
    for (bool first = true; result == 0; first = false) {
        int got = line_wait(sender, &lines, &line, &length, &stopped);
        if (got <= 0) {
            result = got;
            break;
        }
        if (!first && options->interval > 0)
            stopped = stop_wait(sender->context, options->interval);
        if (stopped)
            break;
        result = line_send(options, sender, line, length);
    }
    free(lines.bytes);
    return stopped ? stopped : sender_finish(sender, result);
}

/* The number of the only connection. */
#define CONN 1

static int segments_send(struct oob_send_options *options, const struct context *context)
{
    struct sink *sink = context->sink;
    const struct spec *spec = &options->spec;
    struct failure failure = {.phase = PHASE_NONE};
    struct dialed dialed;
    int result = dial(context, spec, CONN, &dialed, &failure);
    if (result == DIAL_STOPPED && failure.phase != PHASE_NONE)
        failure_emit(sink, CONN, &failure);
    if (result == DIAL_STOPPED)
        return stop_status(context);
    if (result < 0)
        return failure_finish(sink, &failure);
    sandbox_settle(spec);
    message_options_begin(&options->messages);
    struct urgent_sender sender = {.context = context,
        .sink = sink,
        .fd = dialed.fd,
        .flags = options->messages.send_flags >= 0 ? (int)options->messages.send_flags : MSG_NOSIGNAL,
        .conn = CONN,
        .peer = dialed.peer,
        .local = dialed.local};
    int64_t began = clock_now();
    int status = options->count ? arguments_send(options, &sender) : lines_send(options, &sender);
    int state = socket_state(dialed.fd);
    call_close(sink, &dialed.fd);
    const struct closed closed = {.conn = CONN,
        .peer = &dialed.peer,
        .state = state,
        .sent = sender.sent,
        .began = began,
        .times = &dialed.times};
    closed_emit(sink, &closed);
    unix_path_remove(&dialed.path);
    return status;
}

static int oob_send_run(void *data, struct sink *sink)
{
    struct oob_send_options *options = data;
    struct session session;
    int status = session_begin(&session, sink, &options->spec);
    if (status != EXIT_DONE)
        return status;
    status = segments_send(options, &session.context);
    session_end(&session);
    return status;
}

static void oob_send_complete(const void *options, int position, const struct completion *completion)
{
    const struct spec *spec = &((const struct oob_send_options *)options)->spec;
    /* The words after these are segments. */
    if (position < (spec->family == AF_UNIX ? 1 : 2))
        host_port_complete(spec, position, completion);
}

static const struct permit_set oob_send_permit_sets[] = {
    {socket_permits, offsetof(struct oob_send_options, spec)},
    {report_permits, offsetof(struct oob_send_options, report)},
    {.rows = NULL},
};

const struct command command_oob_send = {
    .name = "oob-send",
    .summary = "Send ordinary and urgent (out-of-band) data in segments.",
    .operands = "HOST PORT [SEGMENT...] | -U PATH [SEGMENT...]    SEGMENT: TEXT, text:TEXT or oob:TEXT",
    .examples =
        (const char *const[]){
            "sockctl oob-send 127.0.0.1 9000 123 oob:abc 123",
            "sockctl oob-send -i 0.3 127.0.0.1 9000 oob:1 oob:2",
            NULL,
        },
    .minimum = 1,
    .maximum = INT32_MAX - 1,
    .options_size = sizeof(struct oob_send_options),
    .defaults = &(const struct oob_send_options){.spec = SPEC_DEFAULTS, .messages = MESSAGE_DEFAULTS},
    .sets = oob_send_sets,
    .permits = oob_send_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = oob_send_plan,
    .run = oob_send_run,
    .complete = oob_send_complete,
};
