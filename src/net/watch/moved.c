/* SPDX-License-Identifier: ISC */
/* Two looks at the counters of lost packets, and the trace between them; see moved.h. */
#include "net/watch/moved.h"

#include <errno.h>

#include "base/number.h"

/* Longer than most round trips, and shorter than the second until a SYN is sent again. */
#define PATIENCE       (200 * NS_PER_MS)
/* Making an instance of tracefs takes 20 to 50 ms, and the SYN is sent again after a second. */
#define TRACE_PATIENCE (700 * NS_PER_MS)

static void patience_end(struct watch_item *item)
{
    struct moved *moved = item->owner;
    if (!moved->before.taken)
        counters_read(&moved->before);
    if (moved->port && clock_now() < moved->trace_at) {
        item->due = moved->trace_at;
        return;
    }
    watch_remove(moved->watch, item);
    moved->watch = NULL;
    if (moved->port && !moved->drops)
        moved->drops = drop_watch_begin(moved->context, moved->port, DROPS_NONE);
}

int moved_trace(const struct context *context, int port, enum drops_shown shown)
{
    struct moved *moved = context->moved;
    if (sink_wants(context->sink, EVENT_WHY))
        counters_read(&moved->before);
    moved->drops = drop_watch_begin(context, port, shown);
    return moved->drops ? 0 : -1;
}

void moved_port(const struct context *context, int port)
{
    if (context->moved && context->moved->drops)
        context->moved->drops->port = port;
}

void moved_end(struct moved *moved)
{
    drop_watch_end(&moved->drops);
}

void moved_wait(const struct context *context, int port)
{
    struct moved *moved = context->moved;
    if (!moved || moved->watch || !sink_wants(context->sink, EVENT_WHY))
        return;
    moved->port = moved->by_itself ? port : 0;
    if (moved->before.taken && !moved->port)
        return;
    moved->context = context;
    moved->trace_at = clock_now() + TRACE_PATIENCE;
    moved->item = (struct watch_item){.fd = -1,
        .due = moved->before.taken ? moved->trace_at : clock_now() + PATIENCE,
        .serve = patience_end,
        .owner = moved};
    moved->watch = context->watch;
    watch_add(moved->watch, &moved->item);
}

void moved_wait_end(const struct context *context)
{
    struct moved *moved = context->moved;
    if (!moved)
        return;
    if (moved->by_itself)
        moved_end(moved);
    else if (moved->drops)
        drop_watch_forget(moved->drops);
    if (moved->watch)
        watch_remove(moved->watch, &moved->item);
    moved->watch = NULL;
}

/* The traffic of a failure: its protocol, and the families that its socket uses. */
static unsigned about_of(const struct failure *failure)
{
    struct address address = failure->address;
    bool is_mapped = address_unmap(&address);
    unsigned about = failure->evidence.type == SOCK_DGRAM ? COUNTER_UDP : COUNTER_TCP;
    if (address.length == 0 || (address_is_wildcard(&address) && address.sa.sa_family == AF_INET6))
        return about | COUNTER_V4 | COUNTER_V6;
    return about | (is_mapped || address.sa.sa_family == AF_INET ? COUNTER_V4 : COUNTER_V6);
}

void moved_note(const struct context *context, struct failure *failure)
{
    const struct moved *moved = context->moved;
    struct evidence *evidence = &failure->evidence;
    struct counters after;
    int saved = errno;
    if (moved && moved->drops)
        drop_watch_note(moved->drops, failure);
    if (moved && moved->before.taken && failure->error == ETIMEDOUT && counters_read(&after) == 0)
        evidence->move_count =
            counters_moved(&moved->before, &after, about_of(failure), evidence->moves, MOVES_MOST);
    errno = saved;
}
