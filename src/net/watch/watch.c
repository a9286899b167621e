/* SPDX-License-Identifier: ISC */
/* Waits for every loop; see watch.h. */
#include "net/watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "net/watch/context.h"

/* For up to this many descriptors of a loop, watch_poll() allocates nothing. */
#define FEW       32
/* A running loop works for less than this between two readings of the clock. */
#define WORK_MOST (100 * NS_PER_MS)

void watch_add(struct watch_list *watch, struct watch_item *item)
{
    item->next = watch->first;
    watch->first = item;
}

void watch_remove(struct watch_list *watch, struct watch_item *item)
{
    struct watch_item **at = &watch->first;
    while (*at && *at != item)
        at = &(*at)->next;
    if (*at)
        *at = item->next;
}

static bool watch_has(const struct watch_list *watch, const struct watch_item *item)
{
    const struct watch_item *at = watch->first;
    while (at && at != item)
        at = at->next;
    return at != NULL;
}

/* Serves each item once; an item may be removed while another is served. */
static void items_serve(struct watch_list *watch, struct watch_item *const *items, size_t count)
{
    int saved = errno;
    for (size_t i = 0; i < count; i++)
        if (watch_has(watch, items[i]))
            items[i]->serve(items[i]);
    errno = saved;
}

int64_t watch_now(struct watch_list *watch)
{
    int64_t now = clock_now();
    if (watch->ticked && now - watch->ticked > WORK_MOST)
        watch->absent += now - watch->ticked;
    watch->ticked = now;
    return now - watch->absent;
}

void watch_waited(struct watch_list *watch)
{
    watch->ticked = clock_now();
}

bool watch_over(const struct watch_list *watch, int64_t limit)
{
    return limit != INT64_MAX && watch->looked >= limit;
}

/* A wait in progress. */
struct wait {
    int64_t began;   /* watch_now() at its start */
    int64_t timeout; /* -1: none */
};

static struct wait wait_begin(struct watch_list *watch, int64_t until)
{
    struct wait wait = {.began = watch_now(watch), .timeout = -1};
    if (until != INT64_MAX)
        wait.timeout = until > wait.began ? until - wait.began : 0;
    return wait;
}

/* all: everything that was ready is known now. A wait that timed out has looked once more at its end. */
static void wait_end(struct watch_list *watch, const struct wait *wait, int result, bool all)
{
    int64_t now = clock_now(), took = now - watch->ticked;
    if (wait->timeout >= 0 && took > wait->timeout + WORK_MOST)
        watch->absent += took - wait->timeout;
    watch->ticked = now;
    if (result >= 0 && all)
        watch->looked = wait->began + (result == 0 && wait->timeout > 0 ? wait->timeout : 0);
}

/* Appends the observers to the loop's descriptors, and shortens the wait to their times. Returns their
 * number. */
static nfds_t items_add(
    struct watch_list *watch, struct wait *wait, struct watch_item **items, struct pollfd *fds)
{
    nfds_t count = 0;
    int64_t now = clock_now();
    for (struct watch_item *item = watch->first; item && count < WATCH_MOST; item = item->next) {
        int64_t left = item->due > now ? item->due - now : 0;
        if (item->due != INT64_MAX && (wait->timeout < 0 || left < wait->timeout))
            wait->timeout = left;
        items[count] = item;
        fds[count++] = (struct pollfd){.fd = item->fd, .events = POLLIN};
    }
    return count;
}

/* Serves observers that are ready or due. Returns how many of the ready descriptors were theirs. */
static int items_take(
    struct watch_list *watch, struct watch_item *const *items, const struct pollfd *fds, nfds_t count)
{
    struct watch_item *ready[WATCH_MOST];
    size_t served = 0;
    int readable = 0;
    int64_t now = clock_now();
    for (nfds_t i = 0; i < count; i++) {
        readable += fds[i].revents != 0;
        if (fds[i].revents || now >= items[i]->due)
            ready[served++] = items[i];
    }
    items_serve(watch, ready, served);
    return readable;
}

int watch_poll(
    const struct context *context, enum event_kind kind, struct pollfd *fds, nfds_t count, int64_t until)
{
    struct watch_list *watch = context->watch;
    struct pollfd few[FEW + WATCH_MOST];
    struct watch_item *items[WATCH_MOST];
    cleanup_free struct pollfd *many = count > FEW ? calloc(count + WATCH_MOST, sizeof(*many)) : NULL;
    struct pollfd *all = count > FEW ? many : few;
    if (!all)
        return -1;
    memcpy(all, fds, count * sizeof(*fds));
    struct wait wait = wait_begin(watch, until);
    nfds_t watched = items_add(watch, &wait, items, all + count);
    int result = call_poll(context->sink, kind, all, count + watched, wait.timeout);
    wait_end(watch, &wait, result, true);
    if (result < 0)
        return result;
    memcpy(fds, all, count * sizeof(*fds));
    return result - items_take(watch, items, all + count, watched);
}

int watch_epoll_wait(
    const struct context *context, int epoll, struct epoll_event *events, int count, int64_t until)
{
    struct watch_list *watch = context->watch;
    struct pollfd ready = {.fd = epoll, .events = POLLIN};
    int64_t looked = watch->looked;
    if (watch->first) {
        int result = watch_poll(context, EVENT_DATA_CALL, &ready, 1, until);
        if (result <= 0)
            return result;
        watch->looked = looked; /* the wait has not shown which */
        until = 0;
    }
    struct wait wait = wait_begin(watch, until);
    int result = call_epoll_wait(context->sink, epoll, events, count, wait.timeout);
    wait_end(watch, &wait, result, result < count);
    return result;
}

int watch_select(
    const struct context *context, int count, fd_set *readable, fd_set *exceptional, int64_t until)
{
    struct watch_list *watch = context->watch;
    struct wait wait = wait_begin(watch, until);
    struct watch_item *items[WATCH_MOST];
    struct pollfd fds[WATCH_MOST];
    items_add(watch, &wait, items, fds);
    int result = call_select(context->sink, count, readable, exceptional, wait.timeout);
    int error = errno;
    wait_end(watch, &wait, result, true);
    watch_look(context);
    errno = error;
    return result;
}

void watch_look(const struct context *context)
{
    struct watch_list *watch = context->watch;
    struct pollfd none = {.fd = -1};
    int64_t looked = watch->looked;
    if (watch->first)
        watch_poll(context, EVENT_DATA_CALL, &none, 1, 0);
    watch->looked = looked; /* the loop's own descriptors were not among them */
}
