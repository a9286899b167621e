/* SPDX-License-Identifier: ISC */
/* Watches the queues of a listening socket and reports each change. */
#include "net/listen/queue-watch.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/procfs.h"
#include "net/watch/states.h"

/* However fast connections arrive, the kernel's list is not read more often than this. */
#define READING_GAP (10 * NS_PER_MS)

static struct queue_entry *entry_find(const struct queue_watch *queue, uint64_t cookie)
{
    for (size_t i = 0; i < queue->count; i++)
        if (queue->entries[i].cookie == cookie)
            return &queue->entries[i];
    return NULL;
}

static struct queue_entry *entry_add(struct queue_watch *queue, const struct sockdiag_socket *socket)
{
    if (queue->count == QUEUE_SHOWN_MOST)
        return NULL;
    struct queue_entry *entries = array_room(queue->entries, queue->count, sizeof(*entries));
    if (!entries)
        return NULL;
    queue->entries = entries;
    struct queue_entry *entry = &queue->entries[queue->count++];
    *entry = (struct queue_entry){
        .cookie = socket->cookie, .local = socket->local, .peer = socket->peer, .state = -1};
    address_unmap(&entry->local);
    address_unmap(&entry->peer);
    return entry;
}

static void state_emit(struct sink *sink, const struct queue_entry *entry, int state)
{
    emit(sink, EVENT_STATE, F_ADDRESS("local", &entry->local), F_ADDRESS("peer", &entry->peer),
        state_seen(entry->state, state), state_previous(entry->state, state), F_STATE("state", state));
}

static int entry_visit(const struct sockdiag_socket *socket, void *data)
{
    struct queue_watch *queue = data;
    struct queue_entry *entry = entry_find(queue, socket->cookie);
    if (!entry)
        entry = entry_add(queue, socket);
    if (!entry)
        return 0;
    if (entry->state != socket->state)
        state_emit(queue->sink, entry, socket->state);
    entry->state = socket->state;
    entry->seen = queue->reading;
    return 0;
}

/* Forgets connections that have left the queue: they were accepted, which `accepted` reports, or are gone. */
static void entries_forget(struct queue_watch *queue)
{
    size_t kept = 0;
    for (size_t i = 0; i < queue->count; i++) {
        struct queue_entry *entry = &queue->entries[i];
        struct sockdiag_socket found;
        if (entry->seen == queue->reading)
            queue->entries[kept++] = *entry;
        else if (sockdiag_lookup(IPPROTO_TCP, &entry->local, &entry->peer, entry->cookie, &found) == 0)
            state_emit(queue->sink, entry, TCP_CLOSE);
    }
    queue->count = kept;
}

static bool has_changed(const struct queue_counts *a, const struct queue_counts *b)
{
    return a->length != b->length || a->limit != b->limit || a->established != b->established ||
           a->syn_recv != b->syn_recv || a->close_wait != b->close_wait || a->reset != b->reset ||
           a->overflows != b->overflows || a->drops != b->drops || a->cookies != b->cookies;
}

/* Reports, each time it happens, that the queue is full and has turned a client away. */
static void fullness_emit(struct queue_watch *queue, const struct queue_counts *now)
{
    bool full = now->length > now->limit;
    if (full && !queue->full && now->has_counters && now->overflows > queue->base.overflows) {
        queue->full = true;
        emit(queue->sink, EVENT_WARNING, F_WARNING(ACCEPT_QUEUE_FULL),
            F_TEXT("text",
                "the accept queue is full, one more than its limit: further SYNs are dropped, and their "
                "clients stay in SYN_SENT"),
            F_INT("length", now->length), F_INT("limit", now->limit));
    }
    queue->full &= full;
}

static void counts_emit(struct queue_watch *queue, const struct queue_counts *now)
{
    const struct queue_counts *base = &queue->base;
    bool states = now->has_states, counters = now->has_counters && base->has_counters;
    if (queue->emitted && !has_changed(now, &queue->before))
        return;
    emit(queue->sink, EVENT_QUEUE, F_ADDRESS("local", &queue->server->local), F_INT("length", now->length),
        F_INT("limit", now->limit), states ? F_INT("established", now->established) : F_NONE,
        states ? F_INT("syn_recv", now->syn_recv) : F_NONE,
        now->close_wait ? F_INT("close_wait", now->close_wait) : F_NONE,
        now->reset ? F_INT("reset", now->reset) : F_NONE,
        counters ? F_INT("overflows", now->overflows - base->overflows) : F_NONE,
        counters ? F_INT("drops", now->drops - base->drops) : F_NONE,
        counters ? F_INT("cookies", now->cookies - base->cookies) : F_NONE);
    fullness_emit(queue, now);
    queue->before = *now;
    queue->emitted = true;
}

static void queue_look(struct queue_watch *queue)
{
    struct queue_counts now;
    queue->reading++;
    if (queue->server->fd < 0 ||
        queue_read(queue->server->fd, &queue->server->local, &now, entry_visit, queue) < 0)
        return;
    entries_forget(queue);
    counts_emit(queue, &now);
    queue->read_at = clock_now();
}

/* After a reading, ignores arrivals for a moment, then waits for them until the interval is over. */
static void queue_serve(struct watch_item *item)
{
    struct queue_watch *queue = item->owner;
    struct epoll_event arrival;
    if (queue->server->fd < 0) {
        /* Others may have a copy of it, which epoll goes on reporting. */
        item->fd = -1;
        item->due = INT64_MAX;
        return;
    }
    bool interval_over = clock_now() >= queue->read_at + queue->interval;
    if (item->fd < 0 && !interval_over) {
        item->fd = queue->arrivals;
        item->due = queue->read_at + queue->interval;
        return;
    }
    call_epoll_wait(queue->sink, queue->arrivals, &arrival, 1, 0);
    queue_look(queue);
    item->fd = -1;
    item->due = queue->read_at + (queue->interval < READING_GAP ? queue->interval : READING_GAP);
}

/* Reports the other limits of the queues as they are now: listen() copies some of them. */
static void limits_emit(struct sink *sink)
{
    static const struct {
        const char *name, *key;
    } sysctls[] = {{"net.core.somaxconn", "somaxconn"},
        {"net.ipv4.tcp_max_syn_backlog", "tcp_max_syn_backlog"},
        {"net.ipv4.tcp_syncookies", "tcp_syncookies"},
        {"net.ipv4.tcp_abort_on_overflow", "tcp_abort_on_overflow"}};
    struct field fields[array_size(sysctls) + 1];
    if (!sink_wants(sink, EVENT_LIMITS))
        return;
    for (size_t i = 0; i < array_size(sysctls); i++) {
        int64_t value;
        fields[i] = procfs_sysctl(sysctls[i].name, &value, 1) == 1 ? F_INT(sysctls[i].key, value) : F_NONE;
    }
    fields[array_size(sysctls)] = F_END;
    sink_emit(sink, EVENT_LIMITS, fields);
}

void queue_watch_prepare(struct queue_watch *queue)
{
    *queue = (struct queue_watch){.watch = NULL};
    queue_counters_read(&queue->base);
}

int queue_watch_begin(
    struct queue_watch *queue, const struct context *context, const struct server *server, int64_t interval)
{
    /* Edge-triggered, so that each arrival wakes once and a full queue does not keep waking. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    cleanup_fd int arrivals = epoll_create1(EPOLL_CLOEXEC);
    if (arrivals < 0 || epoll_ctl(arrivals, EPOLL_CTL_ADD, server->fd, &event) < 0)
        return -1;
    const struct queue_counts base = queue->base;
    *queue =
        (struct queue_watch){.sink = context->sink, .server = server, .interval = interval, .base = base};
    queue->item = (struct watch_item){.fd = -1, .due = 0, .serve = queue_serve, .owner = queue};
    struct queue_counts now;
    if (queue_read(server->fd, &server->local, &now, NULL, NULL) < 0)
        return -1;
    queue->watch = context->watch;
    queue->arrivals = fd_take(&arrivals);
    if (now.has_states)
        limits_emit(context->sink);
    queue_look(queue);
    watch_add(context->watch, &queue->item);
    return 0;
}

void queue_watch_end(struct queue_watch *queue)
{
    if (!queue->watch)
        return;
    queue_look(queue);
    watch_remove(queue->watch, &queue->item);
    close(queue->arrivals);
    free(queue->entries);
    *queue = (struct queue_watch){.watch = NULL};
}
