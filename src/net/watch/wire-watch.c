/* SPDX-License-Identifier: ISC */
/* --wire: the TCP segments of this program's connections, among its calls. */
#include "net/watch/wire-watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "kernel/syn.h"

/* The most segments kept for connections that may turn out to be ours. */
#define PENDING_MOST 1024
/* After the last close, this long without a segment is the end; a delayed acknowledgement takes 40 ms. */
#define QUIET_TIME   (100 * NS_PER_MS)

static bool is_end(const struct address *end, const struct address *address)
{
    if (address_port(end) != address_port(address))
        return false;
    struct address plain = *end;
    address_unmap(&plain);
    return address_is_wildcard(&plain) || address_equal(&plain, address);
}

static struct wire_connection *connection_find(
    struct wire_watch *watcher, const struct wire_segment *segment, bool *out)
{
    for (size_t i = watcher->count; i-- > 0;) {
        struct wire_connection *connection = &watcher->connections[i];
        *out = is_end(&connection->local, &segment->from) && is_end(&connection->peer, &segment->to);
        if (*out || (is_end(&connection->local, &segment->to) && is_end(&connection->peer, &segment->from)))
            return connection;
    }
    return NULL;
}

/* Notes a segment in its direction; returns whether all of it was seen before. */
static bool flow_note(struct wire_flow *flow, const struct wire_segment *segment)
{
    bool syn = segment->flags & TCP_FLAG_SYN, fin = segment->flags & TCP_FLAG_FIN;
    if (!flow->known && !(segment->flags & TCP_FLAG_RST)) {
        flow->known = true;
        flow->base = syn ? segment->seq : segment->seq - 1;
        flow->next = syn ? 0 : 1;
    }
    uint32_t seq = segment->seq - flow->base, end = seq + (uint32_t)segment->length + syn + fin;
    bool again = end != seq && (int32_t)(end - flow->next) <= 0;
    flow->finished |= fin;
    if ((int32_t)(end - flow->next) > 0)
        flow->next = end;
    return again;
}

static void segment_emit(struct wire_watch *watcher, struct wire_connection *connection, bool out,
    const struct wire_segment *segment, int64_t when)
{
    watcher->emitted++;
    struct wire_flow *flow = out ? &connection->out : &connection->in;
    struct wire_flow *other = out ? &connection->in : &connection->out;
    bool again = flow_note(flow, segment);
    uint32_t seq = flow->known ? segment->seq - flow->base : 0;
    uint32_t ack = other->known ? segment->ack - other->base : 0;
    uint32_t end = seq + (uint32_t)segment->length;
    char copy[SEGMENT_OPTIONS_TEXT];
    const char *options[SYN_OPTIONS_MAX];
    size_t count = segment_options(segment, copy, options);
    bool acks = segment->flags & TCP_FLAG_ACK;
    connection->reset |= (segment->flags & TCP_FLAG_RST) != 0;
    other->confirmed |= acks && other->finished && ack == other->next;
    emit(watcher->sink, EVENT_PACKET, F_CONN(connection->conn), F_TEXT("direction", out ? "out" : "in"),
        F_TIME("at", when - watcher->sink->start), F_FLAGS("flags", names_tcp_flags, segment->flags),
        F_INT("seq", seq), segment->length ? F_INT("end", end) : F_NONE,
        segment->length ? F_INT("seq_end", end) : F_NONE, acks ? F_INT("ack", ack) : F_NONE,
        F_INT("length", (int64_t)segment->length),
        segment->flags & TCP_FLAG_URG ? F_INT("urg", segment->urgent) : F_NONE,
        F_INT("window", segment->window), F_TEXT("options", *segment->options ? segment->options : NULL),
        count > 0 ? F_TEXTS("tcp_options", options, count) : F_NONE, F_TRUE("retransmission", again));
}

static void pending_keep(struct wire_watch *watcher, const struct wire_segment *segment, int64_t when)
{
    if (watcher->pending_count == PENDING_MOST) {
        memmove(watcher->pending, watcher->pending + 1, (PENDING_MOST - 1) * sizeof(*watcher->pending));
        watcher->pending_count--;
    }
    watcher->pending[watcher->pending_count++] = (struct wire_pending){*segment, when};
}

static void segment_take(void *data, const struct wire_segment *segment, int64_t when)
{
    struct wire_watch *watcher = data;
    bool out;
    struct wire_connection *connection = connection_find(watcher, segment, &out);
    if (connection)
        segment_emit(watcher, connection, out, segment, when);
    else
        pending_keep(watcher, segment, when);
}

/* A capture that breaks is reported once and given up; the connections go on without it. Left open, its
 * descriptor would keep the loop busy. */
static void capture_read(struct wire_watch *watcher)
{
    if (watcher->broken || wire_read(watcher->wire, segment_take, watcher))
        return;
    char text[400];
    snprintf(text, sizeof(text), "the capture failed, no more segments are shown: libpcap: %s",
        wire_error(watcher->wire));
    watcher->broken = true;
    watch_remove(watcher->watch, &watcher->item);
    emit(watcher->sink, EVENT_WARNING, F_WARNING(CAPTURE_FAILED), F_TEXT("text", text));
}

static void watch_take(struct watch_item *item)
{
    capture_read(item->owner);
}

int wire_watch_begin(
    struct wire_watch *watcher, struct watch_list *watch, struct sink *sink, struct wire *wire)
{
    *watcher = (struct wire_watch){.watch = watch, .sink = sink, .wire = wire};
    watcher->pending = calloc(PENDING_MOST, sizeof(*watcher->pending));
    if (!watcher->pending) {
        wire_close(wire);
        return -1;
    }
    watcher->item =
        (struct watch_item){.fd = wire_fd(wire), .due = INT64_MAX, .serve = watch_take, .owner = watcher};
    watch_add(watch, &watcher->item);
    return 0;
}

void wire_watch_port(struct wire_watch *watcher, int port)
{
    if (watcher)
        wire_filter(watcher->wire, port);
}

static bool connections_grow(struct wire_watch *watcher)
{
    void *grown = array_room(watcher->connections, watcher->count, sizeof(*watcher->connections));
    if (!grown)
        return false;
    watcher->connections = grown;
    return true;
}

/* Reports the segments kept for a connection that is known now. */
static void pending_emit(struct wire_watch *watcher)
{
    size_t kept = 0;
    for (size_t i = 0; i < watcher->pending_count; i++) {
        struct wire_pending pending = watcher->pending[i];
        bool out;
        struct wire_connection *connection = connection_find(watcher, &pending.segment, &out);
        if (connection)
            segment_emit(watcher, connection, out, &pending.segment, pending.when);
        else
            watcher->pending[kept++] = pending;
    }
    watcher->pending_count = kept;
}

void wire_watch_add(struct wire_watch *watcher, unsigned conn, int fd, const struct address *peer)
{
    int saved = errno;
    if (!watcher || !connections_grow(watcher))
        return;
    struct wire_connection connection = {.conn = conn, .local = socket_local(fd), .peer = *peer};
    address_unmap(&connection.local);
    address_unmap(&connection.peer);
    watcher->connections[watcher->count++] = connection;
    pending_emit(watcher);
    capture_read(watcher);
    errno = saved;
}

static bool all_ended(const struct wire_watch *watcher)
{
    for (size_t i = 0; i < watcher->count; i++) {
        const struct wire_connection *connection = &watcher->connections[i];
        if (!connection->reset && !(connection->out.confirmed && connection->in.confirmed))
            return false;
    }
    return true;
}

void wire_watch_end(struct wire_watch *watcher)
{
    if (!watcher || !watcher->wire)
        return;
    struct pollfd ready = {.fd = wire_fd(watcher->wire), .events = POLLIN};
    capture_read(watcher);
    /* Others may use the port too: only segments of our connections are worth waiting for. */
    int64_t until = clock_now() + QUIET_TIME;
    while (!watcher->broken && watcher->count && !all_ended(watcher)) {
        uint64_t emitted = watcher->emitted;
        int64_t left = clock_left(until);
        if (call_poll(watcher->sink, EVENT_DATA_CALL, &ready, 1, left) <= 0)
            break;
        capture_read(watcher);
        if (watcher->emitted != emitted)
            until = clock_now() + QUIET_TIME;
        else if (left == 0)
            break;
    }
    unsigned drops = wire_drops(watcher->wire);
    if (drops)
        emit(watcher->sink, EVENT_WARNING, F_WARNING(SEGMENTS_MISSED),
            F_TEXT("text", "some segments are not shown: the capture buffer was full"),
            F_INT("drops", drops));
    watch_remove(watcher->watch, &watcher->item);
    wire_close(watcher->wire);
    free(watcher->pending);
    free(watcher->connections);
    watcher->wire = NULL;
}
