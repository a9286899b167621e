/* SPDX-License-Identifier: ISC */
/* An epoll instance whose events find the owner of their descriptor; see poller.h. */
#include "net/watch/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/cleanup.h"

struct poller_entry {
    void *owner; /* NULL: not added */
    uint32_t number;
};

/* What epoll hands back with each event. */
static uint64_t key_of(int fd, uint32_t number)
{
    return (uint64_t)number << 32 | (uint32_t)fd;
}

static int control(const struct poller *poller, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = key_of(fd, poller->entries[fd].number)};
    return epoll_ctl(poller->epoll, operation, fd, &event);
}

static int entries_grow(struct poller *poller, size_t fd)
{
    if (fd < poller->size)
        return 0;
    size_t size = 2 * fd + 64;
    struct poller_entry *grown = realloc(poller->entries, size * sizeof(*grown));
    if (!grown)
        return -1;
    memset(grown + poller->size, 0, (size - poller->size) * sizeof(*grown));
    poller->entries = grown;
    poller->size = size;
    return 0;
}

int poller_open(struct poller *poller)
{
    *poller = (struct poller){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return poller->epoll < 0 ? -1 : 0;
}

void poller_close(struct poller *poller)
{
    cleanup_fd_close(&poller->epoll);
    free(poller->entries);
    *poller = (struct poller){.epoll = -1};
}

int poller_add(struct poller *poller, int fd, uint32_t events, void *owner)
{
    if (entries_grow(poller, (size_t)fd) < 0)
        return -1;
    poller->entries[fd] = (struct poller_entry){.owner = owner, .number = ++poller->added};
    int result = control(poller, EPOLL_CTL_ADD, fd, events);
    if (result < 0)
        poller->entries[fd].owner = NULL;
    return result;
}

int poller_change(struct poller *poller, int fd, uint32_t events)
{
    return control(poller, EPOLL_CTL_MOD, fd, events);
}

void poller_drop(struct poller *poller, int fd)
{
    int saved = errno;
    if (fd < 0 || (size_t)fd >= poller->size || !poller->entries[fd].owner)
        return;
    control(poller, EPOLL_CTL_DEL, fd, 0);
    poller->entries[fd].owner = NULL;
    errno = saved;
}

void *poller_owner(const struct poller *poller, const struct epoll_event *event)
{
    size_t fd = (uint32_t)event->data.u64;
    if (fd >= poller->size || key_of((int)fd, poller->entries[fd].number) != event->data.u64)
        return NULL;
    return poller->entries[fd].owner;
}
