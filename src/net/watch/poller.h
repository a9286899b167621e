/* SPDX-License-Identifier: ISC */
/*
 * An epoll instance of many descriptors, which finds the owner of the descriptor of an event.
 *
 * Closing a descriptor does not remove it from epoll while another process has a copy (pidfd_getfd(2),
 * fork(2); epoll(7)): it is dropped before it is closed, and a later event of it has no owner.
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
    uint32_t added; /* how many have ever been added: gives each its own number */
};

/* 0, or -1 with errno; call poller_close() in both cases. */
int poller_open(struct poller *poller);
void poller_close(struct poller *poller);

/* owner is not NULL, and lives until the descriptor is dropped. 0, or -1 with errno. */
int poller_add(struct poller *poller, int fd, uint32_t events, void *owner);
/* 0, or -1 with errno. */
int poller_change(struct poller *poller, int fd, uint32_t events);
/* Call it before the descriptor is closed. Does nothing if it was not added. Keeps errno. */
void poller_drop(struct poller *poller, int fd);

/* The owner given with the descriptor of the event; NULL if it has been dropped since. */
void *poller_owner(const struct poller *poller, const struct epoll_event *event);

#endif
