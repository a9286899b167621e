/* SPDX-License-Identifier: ISC */
/* One event of a report, as items of the model; see event.h. */
#include "draw/event.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/number.h"

/* The connection's record, with the addresses that this event adds. */
static struct draw_conn *conn_update(struct draw_reading *reading)
{
    char text[DRAW_ADDRESS_MAX];
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    if (!conn) {
        reading->failed = true;
        return NULL;
    }
    if (*draw_address(reading->event, "local", text, sizeof(text)))
        memcpy(conn->local, text, sizeof(text));
    if (*draw_address(reading->event, "peer", text, sizeof(text)) ||
        (reading->conn && *draw_address(reading->event, "address", text, sizeof(text))))
        memcpy(conn->peer, text, sizeof(text));
    return conn;
}

/* "EINPROGRESS", or "". */
static const char *error_name(const json_t *event)
{
    return draw_text(json_object_get(event, "error"), "name");
}

static void note_add(struct draw_reading *reading, enum draw_what what, bool bad, char *note)
{
    struct draw_item *item = draw_add(reading, what, note, NULL);
    if (item)
        item->bad = bad;
}

/* What was moved by calls that the report does not show in detail. */
static void rest_add(struct draw_reading *reading, struct draw_conn *conn)
{
    if (reading->end->datagrams)
        return;
    const json_t *sent = json_object_get(reading->event, "sent");
    const json_t *received = json_object_get(reading->event, "received");
    if (json_is_integer(received) && json_integer_value(received) > (json_int_t)conn->received) {
        int64_t more = json_integer_value(received) - (int64_t)conn->received;
        struct draw_item *item = draw_bytes(reading, DRAW_RECEIVE, more,
            draw_format("received %lld byte%s", (long long)more, more == 1 ? "" : "s"),
            draw_format("%lld byte%s", (long long)more, more == 1 ? "" : "s"));
        /* Before the recv() that returned 0. */
        if (item && conn->take && conn->take->what == DRAW_NOTE && conn->take->time > 0)
            item->time = conn->take->time - 1;
    }
    if (json_is_integer(sent) && json_integer_value(sent) > (json_int_t)conn->sent) {
        int64_t more = json_integer_value(sent) - (int64_t)conn->sent;
        struct draw_item *item = draw_bytes(reading, DRAW_SEND, more, NULL,
            draw_format("%lld byte%s", (long long)more, more == 1 ? "" : "s"));
        if (item)
            item->state = NULL;
        /* Before the end that has been shown already. */
        if (item && conn->fin && conn->fin->time <= item->time)
            item->time = conn->fin->time > 0 ? conn->fin->time - 1 : 0;
    }
}

static void event_connecting(struct draw_reading *reading)
{
    char peer[DRAW_ADDRESS_MAX];
    struct draw_conn *conn = conn_update(reading);
    if (!conn)
        return;
    conn->connecting = true;
    conn->inet = *draw_text(json_object_get(reading->event, "peer"), "host") != '\0';
    conn->syn = draw_add(reading, DRAW_SYN,
        draw_format("connecting to %s", draw_address(reading->event, "peer", peer, sizeof(peer))), NULL);
}

static void event_connected(struct draw_reading *reading)
{
    conn_update(reading);
    if (reading->end->last_fd >= 0)
        reading->end->fds[reading->end->last_fd] = reading->conn;
    note_add(reading, DRAW_CONNECTED, false, draw_format("connected"));
}

static void event_accepted(struct draw_reading *reading)
{
    conn_update(reading);
    if (reading->end->last_fd >= 0)
        reading->end->fds[reading->end->last_fd] = reading->conn;
    note_add(reading, DRAW_ACCEPTED, false, draw_format("accepted"));
}

static void event_listening(struct draw_reading *reading)
{
    char local[DRAW_ADDRESS_MAX];
    draw_address(reading->event, "local", local, sizeof(local));
    snprintf(reading->end->listening, sizeof(reading->end->listening), "%s", local);
    note_add(reading, DRAW_NOTE, false, draw_format("listening on %s", local));
}

static void event_eof(struct draw_reading *reading)
{
    struct draw_conn *conn = conn_update(reading);
    if (!conn)
        return;
    rest_add(reading, conn);
    /* It came with a recv() that returned 0. */
    if (conn->take && conn->take->what == DRAW_NOTE)
        conn->take->what = DRAW_EOF;
    else
        note_add(reading, DRAW_EOF, false, reading->end->calls ? NULL : draw_format("eof"));
}

static void event_shutdown(struct draw_reading *reading)
{
    struct draw_conn *conn = conn_update(reading);
    const char *how = draw_text(reading->event, "how");
    if (!conn)
        return;
    rest_add(reading, conn);
    bool ends = strcmp(how, "SHUT_RD") != 0 && !conn->ended;
    struct draw_item *item = draw_add(reading, ends ? DRAW_FIN : DRAW_NOTE,
        reading->end->calls ? NULL : draw_format("shutdown %s", how),
        ends ? draw_format("end of data") : NULL);
    conn->fin = ends ? item : conn->fin;
    conn->ended = conn->ended || ends;
}

static void event_closed(struct draw_reading *reading)
{
    struct draw_conn *conn = conn_update(reading);
    if (!conn)
        return;
    rest_add(reading, conn);
    bool ends = reading->conn && !conn->ended;
    struct draw_item *item = draw_add(reading, ends ? DRAW_FIN : DRAW_NOTE,
        reading->end->calls ? NULL : draw_format("closed"), ends ? draw_format("closes") : NULL);
    /* The state is that before close(2). */
    if (item)
        item->state = NULL;
    conn->ended = true;
}

static void event_failed(struct draw_reading *reading)
{
    const json_t *event = reading->event;
    const char *error = error_name(event);
    conn_update(reading);
    bool connects = strcmp(draw_text(event, "call"), "connect") == 0;
    enum draw_what what = DRAW_NOTE;
    if (strcmp(error, "ECONNRESET") == 0 || strcmp(error, "EPIPE") == 0)
        what = DRAW_BROKEN;
    else if (connects && strcmp(error, "ECONNREFUSED") == 0)
        what = DRAW_REFUSED;
    else if (connects && strcmp(error, "ETIMEDOUT") == 0)
        what = DRAW_SILENT;
    int64_t timeout = draw_time(event, "timeout");
    if (*draw_text(event, "text") && timeout >= 0)
        note_add(reading, what, true,
            draw_format("failed: %s within %.3g s", draw_text(event, "text"), (double)timeout / 1e9));
    else
        note_add(reading, what, true, draw_format("failed: %s %s", draw_text(event, "call"), error));
}

static void event_text(struct draw_reading *reading)
{
    const char *kind = draw_text(reading->event, "event");
    note_add(reading, DRAW_NOTE, true, draw_format("%s: %s", kind, draw_text(reading->event, "text")));
}

/* States of the tracepoint and of sock_diag: of the connection's ends, whichever they are. */
static void event_state(struct draw_reading *reading)
{
    char local[DRAW_ADDRESS_MAX];
    const struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    const char *state = draw_text(reading->event, "state");
    draw_address(reading->event, "local", local, sizeof(local));
    bool other = conn && *conn->peer && strcmp(conn->peer, local) == 0;
    struct draw_item *item = draw_add(reading, DRAW_NOTE, draw_format("%s", state), NULL);
    if (item) {
        item->state = NULL;
        item->of_peer = other;
        item->is_state = true;
    }
}

static void event_segment(struct draw_reading *reading)
{
    const json_t *event = reading->event;
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    const char *urgent = draw_text(event, "urgent");
    /* With -vv the call before it has shown the same. */
    if (!conn || conn->sends_shown || draw_number(event, "result") <= 0)
        return;
    struct draw_item *item = draw_bytes(reading, DRAW_SEND, draw_number(event, "result"), NULL,
        draw_format("%s\"%s\"", *urgent ? "urgent " : "", draw_text(event, "bytes")));
    if (item && *urgent)
        item->form = FORM_URGENT;
}

static void event_data(struct draw_reading *reading)
{
    const json_t *event = reading->event;
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    struct draw_item *mark =
        draw_true(event, "atmark") ? draw_add(reading, DRAW_NOTE, draw_format("-- the mark --"), NULL) : NULL;
    if (mark) {
        mark->form = FORM_URGENT;
        mark->state = NULL;
        /* It was there before the call that read on from it. */
        if (conn && conn->take && conn->take->time < mark->time)
            mark->time = conn->take->time - 1;
    }
    if (!conn || conn->receives_shown || json_object_get(event, "direction"))
        return;
    draw_bytes(reading, DRAW_RECEIVE, draw_number(event, "length"),
        draw_format("received \"%s\"", draw_text(event, "bytes")), NULL);
}

static void event_oob(struct draw_reading *reading)
{
    const char *bytes = draw_text(reading->event, "bytes");
    const struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    if (!*bytes || !conn)
        return;
    bool counted = conn->receives_shown;
    struct draw_item *item = draw_bytes(reading, counted ? DRAW_NOTE : DRAW_RECEIVE, counted ? -1 : 1,
        draw_format("urgent \"%s\" taken", bytes), NULL);
    if (item)
        item->form = FORM_URGENT;
}

static void event_notice(struct draw_reading *reading)
{
    struct draw_item *item =
        draw_add(reading, DRAW_NOTE, draw_format("%s: urgent data", draw_text(reading->event, "by")), NULL);
    if (item)
        item->form = FORM_URGENT;
}

static void event_datagram(struct draw_reading *reading)
{
    const struct draw_conn *conn = conn_update(reading);
    int64_t length = draw_number(reading->event, "length");
    if (!conn || conn->receives_shown)
        return;
    struct draw_item *item = draw_bytes(reading, DRAW_RECEIVE, length,
        draw_format("datagram, %lld byte%s", (long long)length, length == 1 ? "" : "s"),
        draw_format("%lld byte%s", (long long)length, length == 1 ? "" : "s"));
    if (item)
        item->datagram = true;
}

static void event_peer(struct draw_reading *reading)
{
    conn_update(reading);
    note_add(reading, DRAW_NOTE, false, draw_format("first datagram of its peer"));
}

static void event_queue(struct draw_reading *reading)
{
    int64_t length = draw_number(reading->event, "length"), limit = draw_number(reading->event, "limit");
    bool full = length > limit;
    note_add(reading, DRAW_NOTE, full,
        draw_format("accept queue%s: %lld waiting, limit %lld", full ? " full" : "", (long long)length,
            (long long)limit));
}

static const struct {
    const char *event;
    void (*read)(struct draw_reading *reading);
} readers[] = {{"call", draw_call}, {"packet", draw_packet}, {"connecting", event_connecting},
    {"connected", event_connected}, {"accepted", event_accepted}, {"listening", event_listening},
    {"eof", event_eof}, {"shutdown", event_shutdown}, {"closed", event_closed}, {"failed", event_failed},
    {"why", event_text}, {"warning", event_text}, {"urgent-lost", event_text}, {"state", event_state},
    {"segment", event_segment}, {"data", event_data}, {"oob", event_oob}, {"notice", event_notice},
    {"datagram", event_datagram}, {"peer", event_peer}, {"queue", event_queue}};

/* "2026-11-29T16:38:35.749251Z", in nanoseconds; 0 if it is something else. */
static int64_t wall_parse(const char *text)
{
    struct tm utc = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    long micro;
    if (!rest || sscanf(rest, ".%6ldZ", &micro) != 1 || micro < 0 || utc.tm_year < 70 || utc.tm_year > 300)
        return 0;
    return (int64_t)timegm(&utc) * NS_PER_S + micro * NS_PER_US;
}

static int start_read(struct draw_model *model, const json_t *event, char *error, size_t size)
{
    struct draw_end *end = draw_end_add(model);
    if (!end) {
        snprintf(error, size, "%s", errno == EMFILE ? "too many reports for one drawing" : strerror(errno));
        return -1;
    }
    const json_t *words = json_object_get(event, "arguments");
    const char *command = json_string_value(json_array_get(words, 1));
    cleanup_free char *program = draw_format("sockctl %s", command ? command : "");
    snprintf(end->program, sizeof(end->program), "%s", program ? program : "sockctl");
    for (size_t i = 2; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (word && (strcmp(word, "-u") == 0 || strcmp(word, "--udp") == 0))
            end->datagrams = true;
    }
    end->pid = draw_number(event, "pid");
    end->clock = draw_time(event, "clock");
    end->wall = wall_parse(draw_text(event, "wall"));
    model->begun = true;
    return 0;
}

int draw_event(struct draw_model *model, const json_t *event, char *error, size_t size)
{
    const char *kind = draw_text(event, "event");
    int64_t time = draw_time(event, "time"), conn = draw_number(event, "conn");
    if (!*kind || time < 0 || conn < 0 || conn > UINT_MAX) {
        snprintf(error, size, "not an event of a report: it needs \"event\" and \"time\"");
        return -1;
    }
    if (strcmp(kind, "start") == 0)
        return start_read(model, event, error, size);
    if (!model->begun) {
        snprintf(error, size, "not a report of sockctl: it does not begin with the event \"start\"");
        return -1;
    }
    struct draw_reading reading = {.model = model,
        .end = model->ends[model->end_count - 1],
        .event = event,
        .time = time,
        .conn = (unsigned)conn};
    if (conn)
        reading.end->current = reading.conn;
    for (size_t i = 0; i < array_size(readers); i++)
        if (strcmp(readers[i].event, kind) == 0)
            readers[i].read(&reading);
    if (reading.failed)
        snprintf(error, size, "%s", strerror(ENOMEM));
    return reading.failed ? -1 : 0;
}
