/* What a loop serves beside its own descriptors. */
#include "net/watch/watch.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"

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

/* Each of the items, which may go while another is served, once. */
static void items_serve(struct watch_list *watch, struct watch_item *const *items, size_t count)
{
    int saved = errno;
    for (size_t i = 0; i < count; i++)
        if (watch_has(watch, items[i]))
            items[i]->serve(items[i]);
    errno = saved;
}

static int64_t time_until(int64_t due, int64_t timeout)
{
    int64_t left = due - clock_now();
    if (due == INT64_MAX || (timeout >= 0 && timeout <= left))
        return timeout;
    return left < 0 ? 0 : left;
}

int watch_poll(struct watch_list *watch, struct sink *sink, enum event_kind kind, struct pollfd *fds,
    nfds_t count, int64_t timeout)
{
    if (!watch || !watch->first || count > WATCH_POLL_MOST)
        return call_poll(sink, kind, fds, count, timeout);
    struct pollfd all[WATCH_POLL_MOST + WATCH_MOST];
    struct watch_item *items[WATCH_MOST], *ready[WATCH_MOST];
    nfds_t watched = 0, served = 0;
    memcpy(all, fds, count * sizeof(*fds));
    for (struct watch_item *item = watch->first; item && watched < WATCH_MOST; item = item->next) {
        timeout = time_until(item->due, timeout);
        items[watched] = item;
        all[count + watched++] = (struct pollfd){.fd = item->fd, .events = POLLIN};
    }
    int result = call_poll(sink, kind, all, count + watched, timeout);
    int64_t now = clock_now();
    memcpy(fds, all, count * sizeof(*fds));
    for (nfds_t i = 0; i < watched; i++) {
        bool readable = result > 0 && all[count + i].revents;
        result -= readable;
        if (readable || now >= items[i]->due)
            ready[served++] = items[i];
    }
    items_serve(watch, ready, served);
    return result;
}

int watch_epoll_wait(struct watch_list *watch, struct sink *sink, int epoll, struct epoll_event *events,
    int count, int64_t timeout)
{
    if (!watch || !watch->first)
        return call_epoll_wait(sink, epoll, events, count, timeout);
    struct pollfd ready = {.fd = epoll, .events = POLLIN};
    int result = watch_poll(watch, sink, EVENT_DATA_CALL, &ready, 1, timeout);
    return result <= 0 ? result : call_epoll_wait(sink, epoll, events, count, 0);
}

void watch_look(struct watch_list *watch, struct sink *sink)
{
    struct pollfd nobody = {.fd = -1};
    if (watch && watch->first)
        watch_poll(watch, sink, EVENT_DATA_CALL, &nobody, 1, 0);
}
