/* SPDX-License-Identifier: ISC */
/* --drops: which drops of this host were ours; see drop-watch.h. */
#include "net/watch/drop-watch.h"

#include <errno.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* Older kernels do not wake a reader at once. */
#define READ_INTERVAL (100 * NS_PER_MS)
/* What is on its way at the end arrives within this time. */
#define LAST_WORDS    (20 * NS_PER_MS)
#define LAST_MOST     (200 * NS_PER_MS)

/* When a segment is acknowledged, others get its memory, so only what happens at the time counts: a filter of
 * OUTPUT drops it before TCP logs that it was sent. A SYN of this program keeps its memory until its connect
 * has an end; what waits for a busy CPU may be dropped much later. */
#define BEFORE_MOST NS_PER_MS
#define AFTER_MOST  (2 * NS_PER_MS)
#define AFTER_SYN   NS_PER_S

static bool is_copy(
    const struct drop_watch *drops, const struct drop *drop, const struct drop *segment, int64_t before)
{
    int64_t later = drop->head.when - segment->head.when;
    return drop_is_of(drop, segment) && later > -before &&
           later < (segment->is_syn && drops->shown != DROPS_ALL ? AFTER_SYN : AFTER_MOST);
}

static const char *packet_word(const struct drop *drop)
{
    return drop->protocol == ETH_P_IPV6 ? "IPv6" : "IPv4";
}

/* note: what connects it with us, or NULL. */
static void drop_emit(struct drop_watch *drops, const struct drop *drop, bool certain, const char *note)
{
    int64_t at = drop->head.when - drops->sink->start;
    bool is_caller = drops->shown == DROPS_ALL && drop->head.is_caller;
    if (drops->over || drops->shown == DROPS_NONE)
        return;
    emit(drops->sink, EVENT_DROP, F_TEXT("packet", packet_word(drop)), F_ADDRESS("local", &drop->local),
        F_ADDRESS("peer", &drop->peer), F_TEXT("reason", *drop->reason ? drop->reason : NULL),
        F_TEXT("location", *drop->location ? drop->location : NULL), F_TEXT("note", note),
        drops->shown == DROPS_ALL ? F_NONE : F_BOOL("certain", certain),
        is_caller && *drop->head.program ? F_FOREIGN("program", drop->head.program) : F_NONE,
        is_caller ? F_INT("thread", drop->head.thread) : F_NONE, F_TIME_FINE("at", at < 0 ? 0 : at));
    drops->over = drops->most && ++drops->reported >= drops->most;
}

static void reset_emit(struct drop_watch *drops, const struct drop *reset)
{
    int64_t at = reset->head.when - drops->sink->start;
    if (drops->over || drops->shown == DROPS_NONE)
        return;
    emit(drops->sink, EVENT_RESET_SENT, F_ADDRESS("local", &reset->local), F_ADDRESS("peer", &reset->peer),
        F_TEXT("reason", *reset->reason ? reset->reason : NULL), F_TIME_FINE("at", at < 0 ? 0 : at));
    drops->over = drops->most && ++drops->reported >= drops->most;
}

static void drop_keep(struct drop_watch *drops, const struct drop *drop, const struct drop *segment)
{
    struct kept_drop kept = {.drop = *drop, .certain = segment != NULL};
    if (segment) {
        kept.drop.local = segment->local;
        kept.drop.peer = segment->peer;
    }
    drop_emit(drops, &kept.drop, kept.certain, segment ? NULL : "at the time of a call of this program");
    drops->kept[drops->kept_next++ % DROPS_KEPT] = kept;
}

static void packet_take(struct drop_watch *drops, const struct drop *drop)
{
    for (unsigned i = 0; i < DROPS_SEGMENTS; i++)
        if (is_copy(drops, drop, &drops->segments[i], BEFORE_MOST)) {
            drop_keep(drops, drop, &drops->segments[i]);
            return;
        }
    if (drops->thread >= 0 && drop->head.thread == drops->thread)
        drop_keep(drops, drop, NULL);
    else if (drops->shown == DROPS_ALL)
        drop_emit(drops, drop, false, NULL);
    else
        drops->recent[drops->recent_next++ % DROPS_RECENT] = *drop;
}

static bool has_port(const struct drop_watch *drops, const struct drop *drop)
{
    return drops->port &&
           (address_port(&drop->local) == drops->port || address_port(&drop->peer) == drops->port);
}

/* A segment is sent again: what was dropped of it so far is known now. */
static void segment_take(struct drop_watch *drops, const struct drop *segment)
{
    if (!has_port(drops, segment))
        return;
    drops->segments[drops->segment_next++ % DROPS_SEGMENTS] = *segment;
    for (unsigned i = 0; i < DROPS_KEPT; i++) {
        struct kept_drop *kept = &drops->kept[i];
        if (kept->certain || !is_copy(drops, &kept->drop, segment, INT64_MAX))
            continue;
        kept->certain = true;
        kept->drop.local = segment->local;
        kept->drop.peer = segment->peer;
    }
    for (unsigned i = 0; i < DROPS_RECENT; i++) {
        struct drop *recent = &drops->recent[(drops->recent_next + i) % DROPS_RECENT];
        if (!is_copy(drops, recent, segment, BEFORE_MOST))
            continue;
        drop_keep(drops, recent, segment);
        recent->packet = 0;
    }
}

static void line_take(const char *line, void *data)
{
    struct drop_watch *drops = data;
    struct drop drop;
    if (!drop_parse(line, &drop))
        return;
    switch (drop.kind) {
    case DROP_PACKET: packet_take(drops, &drop); break;
    case DROP_RESENT: segment_take(drops, &drop); break;
    case DROP_MARK: drops->thread = drop.head.thread; break;
    case DROP_RESET:
        if ((drops->port || drops->shown != DROPS_ALL) && !has_port(drops, &drop))
            break;
        drops->resets[drops->reset_next++ % DROPS_SEGMENTS] = drop;
        reset_emit(drops, &drop);
        break;
    }
}

static void lines_read(struct drop_watch *drops)
{
    if (drops->item.fd >= 0 && tracefs_read(&drops->tracefs, line_take, drops) < 0)
        drops->item.fd = -1;
    if (drops->tracefs.lost > drops->lost && drops->shown != DROPS_NONE)
        emit(drops->sink, EVENT_WARNING, F_WARNING(MESSAGES_LOST),
            F_TEXT("text", "the kernel logged faster than could be read: some drops are not shown"),
            F_INT("count", (int64_t)(drops->tracefs.lost - drops->lost)));
    drops->lost = drops->tracefs.lost;
}

static void drops_serve(struct watch_item *item)
{
    lines_read(item->owner);
    item->due = clock_now() + READ_INTERVAL;
}

struct drop_watch *drop_watch_begin(const struct context *context, int port, enum drops_shown shown)
{
    struct drop_watch *drops = calloc(1, sizeof(*drops));
    if (!drops)
        return NULL;
    drops->context = context;
    drops->sink = context->sink;
    drops->port = port;
    drops->shown = shown;
    drops->thread = -1;
    if (drops_open(&drops->tracefs) < 0) {
        int error = errno;
        free(drops);
        errno = error;
        return NULL;
    }
    drops_mark(&drops->tracefs);
    drops->item = (struct watch_item){
        .fd = drops->tracefs.pipe, .due = INT64_MAX, .serve = drops_serve, .owner = drops};
    watch_add(context->watch, &drops->item);
    drops_serve(&drops->item);
    return drops;
}

void drop_watch_end(struct drop_watch **ended)
{
    struct drop_watch *drops = *ended;
    if (!drops)
        return;
    int64_t until = clock_now() + LAST_MOST;
    while (!drops->over && drops->shown != DROPS_NONE && drops->item.fd >= 0 && clock_left(until) > 0) {
        struct pollfd pipe = {.fd = drops->item.fd, .events = POLLIN};
        if (call_poll(drops->sink, EVENT_DATA_CALL, &pipe, 1, LAST_WORDS) <= 0)
            break;
        drops_serve(&drops->item);
    }
    watch_remove(drops->context->watch, &drops->item);
    tracefs_close(&drops->tracefs);
    free(drops);
    *ended = NULL;
}

void drop_watch_forget(struct drop_watch *drops)
{
    lines_read(drops);
    for (unsigned i = 0; i < DROPS_SEGMENTS; i++)
        drops->segments[i].packet = 0;
}

static bool same_end(const struct address *a, const struct address *b)
{
    struct address one = *a, other = *b;
    address_unmap(&one);
    address_unmap(&other);
    return address_equal(&one, &other);
}

/* Of a socket that failed only the port may be left. */
static bool is_of_failure(const struct drop *drop, const struct failure *failure, bool from_peer)
{
    const struct address *peer = from_peer ? &drop->local : &drop->peer;
    const struct address *own = from_peer ? &drop->peer : &drop->local;
    return same_end(peer, &failure->address) && address_port(own) == address_port(&failure->evidence.local);
}

void drop_watch_note(struct drop_watch *drops, struct failure *failure)
{
    struct dropped *dropped = &failure->evidence.dropped;
    int saved = errno;
    int64_t began = failure->evidence.ended - failure->elapsed - NS_PER_MS;
    lines_read(drops);
    for (unsigned i = 0; i < DROPS_KEPT; i++) {
        const struct kept_drop *kept = &drops->kept[(drops->kept_next + i) % DROPS_KEPT];
        if (kept->drop.head.when < began || (kept->certain && !is_of_failure(&kept->drop, failure, false)))
            continue;
        if (kept->certain && dropped->certain == 0)
            dropped->count = 0;
        if (dropped->certain > 0 && !kept->certain)
            continue;
        if (dropped->count++ == 0) {
            snprintf(dropped->reason, sizeof(dropped->reason), "%s", kept->drop.reason);
            snprintf(dropped->location, sizeof(dropped->location), "%s", kept->drop.location);
        }
        dropped->certain += kept->certain;
    }
    for (unsigned i = 0; i < DROPS_SEGMENTS; i++)
        if (drops->resets[i].head.when >= began && is_of_failure(&drops->resets[i], failure, true))
            snprintf(dropped->reset, sizeof(dropped->reset), "%s", drops->resets[i].reason);
    drop_watch_forget(drops);
    errno = saved;
}
