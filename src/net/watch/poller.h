/*
 * An epoll instance of many descriptors whose events find the owner of the descriptor, or nobody.
 *
 * Closing a descriptor does not take it out of epoll while somebody has a copy of it (pidfd_getfd(2),
 * fork(2); epoll(7)): each is dropped before it is closed, and an event of one that is gone finds no owner.
 */
#ifndef NET_WATCH_POLLER_H
#define NET_WATCH_POLLER_H

#include <stddef.h>
#include <stdint.h>

struct epoll_event;
struct poller_entry;

struct poller {
    int epoll;
    struct poller_entry *entries; /* by descriptor */
    size_t size;
    uint32_t added; /* so many were there ever: no two of a descriptor have the same number */
};

/* 0, or -1 with errno; poller_close() is to be called in both cases. */
int poller_open(struct poller *poller);
void poller_close(struct poller *poller);

/* owner is not NULL, and lives until the descriptor is dropped. 0, or -1 with errno. */
int poller_add(struct poller *poller, int fd, uint32_t events, void *owner);
/* 0, or -1 with errno. */
int poller_change(struct poller *poller, int fd, uint32_t events);
/* Before the descriptor is closed. Nothing where it was not added. Keeps errno. */
void poller_drop(struct poller *poller, int fd);

/* The owner that was given with the event's descriptor; NULL where it was dropped since. */
void *poller_owner(const struct poller *poller, const struct epoll_event *event);

#endif
