/* SPDX-License-Identifier: ISC */
/* The calls and the packets of a report; see event.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "draw/event.h"

/* Calls that act on the conversation; the others only ask, wait or set up. */
static bool call_acts(const char *call)
{
    static const char *const acting[] = {
        "socket", "bind", "listen", "connect", "accept4", "accept", "shutdown", "close"};
    for (size_t i = 0; i < array_size(acting); i++)
        if (strcmp(acting[i], call) == 0)
            return true;
    return false;
}

/* The descriptor of the call; -1 if it has none that can be followed. */
static int call_fd(const json_t *event)
{
    const json_t *value = json_object_get(event, "fd");
    int64_t fd = json_is_integer(value) ? json_integer_value(value) : -1;
    const char *args = draw_text(event, "args");
    if (fd < 0 && *args >= '0' && *args <= '9')
        fd = strtol(args, NULL, 10);
    return fd >= 0 && fd < DRAW_FDS ? (int)fd : -1;
}

/* Which way a call moves data. */
enum way { WAY_NONE, WAY_SENDS, WAY_RECEIVES };

/* Of a splice, the socket is the one that has a connection; *fd becomes that. */
static enum way splice_way(const struct draw_end *end, const char *args, int *fd)
{
    int from, to;
    if (sscanf(args, "%d, NULL, %d", &from, &to) != 2)
        return WAY_NONE;
    bool receives = from >= 0 && from < DRAW_FDS && end->fds[from];
    bool sends = to >= 0 && to < DRAW_FDS && end->fds[to];
    *fd = receives ? from : sends ? to : -1;
    return receives ? WAY_RECEIVES : sends ? WAY_SENDS : WAY_NONE;
}

static enum way call_way(const struct draw_reading *reading, const char *call, int *fd)
{
    const char *args = draw_text(reading->event, "args");
    if (strstr(args, "MSG_ERRQUEUE"))
        return WAY_NONE;
    if (strcmp(call, "splice") == 0)
        return splice_way(reading->end, args, fd);
    if (strncmp(call, "send", 4) == 0 || strcmp(call, "write") == 0)
        return WAY_SENDS;
    return strncmp(call, "recv", 4) == 0 || strcmp(call, "read") == 0 ? WAY_RECEIVES : WAY_NONE;
}

/* The preview of the bytes in the arguments, with its quotes; NULL if there is none. */
static char *call_preview(const char *args)
{
    const char *begin = strchr(args, '"');
    const char *end = begin ? begin + 1 : NULL;
    while (end && *end && *end != '"')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (!end || *end != '"')
        return NULL;
    size_t length = (size_t)(end - begin) + 1;
    if (strncmp(end + 1, "...", 3) == 0)
        length += 3;
    return strndup(begin, length);
}

/* How a call is shown: by its name and descriptor, or at the level of data with its arguments. */
static char *call_note(const struct draw_reading *reading, bool whole, int fd)
{
    const json_t *event = reading->event;
    const char *call = draw_text(event, "call"), *args = draw_text(event, "args");
    const char *error = draw_text(json_object_get(event, "error"), "name");
    char short_args[32] = "";
    if (fd >= 0 && *args >= '0' && *args <= '9')
        snprintf(short_args, sizeof(short_args), "%d", fd);
    return draw_format("%s(%s) = %lld%s%s", call, whole ? args : short_args,
        (long long)draw_number(event, "result"), *error ? " " : "", error);
}

/* Whether the SYN leaves with this call: not with a connect that waits for the data
 * (TCP_FASTOPEN_CONNECT), but with that. The event before it was only about to connect. */
static bool call_begins(struct draw_reading *reading, struct draw_conn *conn, bool connects)
{
    bool waits = draw_number(reading->event, "result") == 0 &&
                 strcmp(draw_text(reading->event, "state"), "SYN_SENT") == 0;
    if (!conn->connecting || (connects && waits))
        return false;
    conn->connecting = false;
    if (conn->syn)
        conn->syn->what = DRAW_NOTE;
    return true;
}

/* Whether the call found nothing to do: it would have had to wait, or there is no urgent byte. The end of
 * data comes by recv() alone: at the urgent mark splice() returns 0 too. */
static bool call_is_idle(const json_t *event, const char *call)
{
    const char *error = draw_text(json_object_get(event, "error"), "name");
    if (strcmp(call, "splice") == 0)
        return draw_number(event, "result") <= 0;
    return strcmp(error, "EAGAIN") == 0 ||
           (strcmp(error, "EINVAL") == 0 && strstr(draw_text(event, "args"), "MSG_OOB"));
}

static void bytes_move(struct draw_reading *reading, enum way way, char *note)
{
    const char *args = draw_text(reading->event, "args");
    bool sends = way == WAY_SENDS, urgent = strstr(args, "MSG_OOB") != NULL;
    int64_t result = draw_number(reading->event, "result");
    cleanup_free char *preview = call_preview(args);
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    if (!conn) {
        free(note);
        reading->failed = true;
        return;
    }
    *(sends ? &conn->sends_shown : &conn->receives_shown) = true;
    struct draw_item *syn =
        sends && call_begins(reading, conn, false) ? draw_add(reading, DRAW_SYN, NULL, NULL) : NULL;
    if (syn)
        syn->state = NULL;
    if (result <= 0 || (strstr(args, "MSG_PEEK") && !sends)) {
        struct draw_item *item = draw_add(reading, DRAW_NOTE, note, NULL);
        bool ends = !sends && result == 0 && !call_is_idle(reading->event, draw_text(reading->event, "call"));
        conn->take = ends ? item : conn->take;
        return;
    }
    char *label = draw_format("%s%s%s%lld byte%s", urgent ? "urgent " : "", preview ? preview : "",
        preview ? " " : "", (long long)result, result == 1 ? "" : "s");
    struct draw_item *item = draw_bytes(reading, sends ? DRAW_SEND : DRAW_RECEIVE, result, note, label);
    if (item && urgent)
        item->form = FORM_URGENT;
    conn->take = sends ? conn->take : item;
}

/* Which connection a call belongs to, by its descriptor. */
static void call_conn_find(struct draw_reading *reading, const char *call, int fd)
{
    struct draw_end *end = reading->end;
    if (strcmp(call, "socket") == 0)
        end->datagrams = strstr(draw_text(reading->event, "args"), "SOCK_DGRAM") != NULL;
    if (fd < 0)
        return;
    if (reading->conn)
        end->fds[fd] = reading->conn;
    reading->conn = end->fds[fd];
    if (strcmp(call, "connect") == 0 || strncmp(call, "accept", 6) == 0)
        end->last_fd = fd;
    /* A socket that connects belongs to the connection that was named last. */
    if (strcmp(call, "connect") == 0 && !reading->conn)
        reading->conn = end->fds[fd] = end->current;
}

/* Whether the call ends what the connection sends. */
static bool call_ends(const struct draw_reading *reading, const char *call)
{
    const char *args = draw_text(reading->event, "args");
    return strcmp(call, "close") == 0 ||
           (strcmp(call, "shutdown") == 0 && draw_number(reading->event, "result") == 0 &&
               (strstr(args, "SHUT_WR") || strstr(args, "SHUT_RDWR")));
}

/* A call that moves no data. */
static void call_add(struct draw_reading *reading, const char *call, char *note)
{
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    bool accepts = strncmp(call, "accept", 6) == 0;
    struct draw_item *item = NULL;
    if (conn && reading->conn && !conn->ended && call_ends(reading, call)) {
        conn->ended = true;
        conn->fin = draw_add(reading, DRAW_FIN, note, draw_format(*call == 'c' ? "closes" : "end of data"));
    } else if (conn && strcmp(call, "connect") == 0 && call_begins(reading, conn, true)) {
        item = draw_add(reading, DRAW_SYN, note, NULL);
    } else if (note || (*draw_text(reading->event, "state") && !accepts)) {
        item = draw_add(reading, DRAW_NOTE, note, NULL);
    }
    /* Its state is that of the new connection, which gets its number only now. */
    if (item && accepts)
        item->state = NULL;
}

/* Whether the call has a line at the level. An accept that succeeded is shown by its event. */
static bool call_is_shown(const struct draw_reading *reading, const char *call, enum way way)
{
    const json_t *event = reading->event;
    enum draw_level level = reading->model->level;
    bool accepts = strncmp(call, "accept", 6) == 0;
    if (level == DRAW_DATA)
        return true;
    if (level < DRAW_CALLS || call_is_idle(event, call) || (accepts && draw_number(event, "result") >= 0))
        return false;
    return way != WAY_NONE || call_acts(call);
}

void draw_call(struct draw_reading *reading)
{
    const json_t *event = reading->event;
    const char *call = draw_text(event, "call");
    enum draw_level level = reading->model->level;
    struct draw_end *end = reading->end;
    int fd = call_fd(event);
    enum way way = call_way(reading, call, &fd);
    if (draw_true(event, "library") && level < DRAW_DATA)
        return;
    end->calls = level > DRAW_STATES;
    call_conn_find(reading, call, fd);
    /* A datagram of a socket without a peer has an event of its own, which names the connection. */
    if (way == WAY_RECEIVES && !reading->conn)
        way = WAY_NONE;
    else if (way == WAY_SENDS && !reading->conn)
        reading->conn = end->current ? end->current : 1;
    bool receives = way == WAY_RECEIVES || strncmp(call, "recv", 4) == 0;
    char *note = call_is_shown(reading, call, way) ? call_note(reading, level == DRAW_DATA, fd) : NULL;
    /* What it did to the other end may have been seen there before it returned. */
    int64_t elapsed = draw_time(event, "elapsed");
    if (elapsed > 0 && elapsed <= reading->time && !receives && strncmp(call, "accept", 6) != 0) {
        reading->time -= elapsed;
        reading->lasted = elapsed;
    }
    if (way != WAY_NONE)
        bytes_move(reading, way, note);
    else
        call_add(reading, call, note);
    if (strcmp(call, "close") == 0 && fd >= 0)
        end->fds[fd] = 0;
}

static bool flag_is_set(const json_t *flags, const char *name)
{
    size_t i;
    const json_t *flag;
    json_array_foreach((json_t *)flags, i,
        flag) if (json_is_string(flag) && strcmp(json_string_value(flag), name) == 0) return true;
    return false;
}

/* "PSH ACK 1:6 len 5", "SYN ACK 0 ack 1". */
static char *packet_label(const json_t *event, const json_t *flags, bool zero)
{
    char names[128] = "", numbers[128] = "";
    size_t i, used = 0;
    const json_t *flag;
    json_array_foreach((json_t *)flags, i, flag) if (json_is_string(flag) && used < sizeof(names)) used +=
        (size_t)snprintf(names + used, sizeof(names) - used, "%s ", json_string_value(flag));
    int64_t length = draw_number(event, "length"), end = draw_number(event, "end");
    used = 0;
    if (length > 0 || flag_is_set(flags, "SYN") || flag_is_set(flags, "FIN"))
        used = (size_t)snprintf(numbers, sizeof(numbers), "%lld", (long long)draw_number(event, "seq"));
    if (length > 0)
        used += (size_t)snprintf(
            numbers + used, sizeof(numbers) - used, ":%lld len %lld", (long long)end, (long long)length);
    if (flag_is_set(flags, "ACK") && length == 0)
        snprintf(numbers + used, sizeof(numbers) - used, "%sack %lld", used ? " " : "",
            (long long)draw_number(event, "ack"));
    int64_t urgent = draw_number(event, "urg");
    cleanup_free char *pointer = urgent ? draw_format(" urg %lld", (long long)urgent) : NULL;
    return draw_format("%s%s%s%s%s", names, numbers, pointer ? pointer : "", zero ? " window 0" : "",
        draw_true(event, "retransmission") ? DRAW_AGAIN : "");
}

void draw_packet(struct draw_reading *reading)
{
    const json_t *event = reading->event, *flags = json_object_get(event, "flags");
    bool out = strcmp(draw_text(event, "direction"), "out") == 0, reset = flag_is_set(flags, "RST");
    bool zero =
        json_is_integer(json_object_get(event, "window")) && draw_number(event, "window") == 0 && !reset;
    int64_t at = draw_time(event, "at");
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    if (!conn) {
        reading->failed = true;
        return;
    }
    conn->packets = true;
    reading->end->wired = true;
    if (at >= 0)
        reading->time = at;
    struct draw_item *item =
        draw_add(reading, out ? DRAW_PACKET_OUT : DRAW_PACKET_IN, NULL, packet_label(event, flags, zero));
    if (!item)
        return;
    item->form = reset                       ? FORM_RESET
                 : flag_is_set(flags, "URG") ? FORM_URGENT
                 : zero                      ? FORM_ZERO_WINDOW
                                             : FORM_PLAIN;
    item->from = (uint64_t)draw_number(event, "seq");
    item->to = item->from + (uint64_t)draw_number(event, "length");
    item->ack = (uint64_t)draw_number(event, "ack");
    item->again = draw_true(event, "retransmission");
    item->syn = flag_is_set(flags, "SYN");
    item->control = item->syn || reset || flag_is_set(flags, "FIN");
}
