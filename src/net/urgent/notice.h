/* Learning of urgent data in each of the ways that the API has: poll(2), select(2), epoll(7) and SIGURG. */
#ifndef NET_URGENT_NOTICE_H
#define NET_URGENT_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/name.h"
#include "net/watch/watch.h"

enum notify {
    NOTIFY_POLL,   /* POLLPRI */
    NOTIFY_SELECT, /* the set of exceptional conditions */
    NOTIFY_EPOLL,  /* EPOLLPRI */
    NOTIFY_SIGURG, /* the signal, to the owner that F_SETOWN names */
};
extern const struct name_table names_notify; /* poll, select, epoll, sigurg */

struct notifier {
    struct sink *sink;
    enum notify how;
    int fd, stop_fd;          /* borrowed */
    struct watch_list *watch; /* served while it waits */
    int own;                  /* the epoll instance, or what the handler of SIGURG writes to; -1: none */
};

/* What a wait has told. */
struct notice {
    bool readable, urgent, stopped;
    const char *by;   /* what told of urgent data: "POLLPRI", "exceptfds", "EPOLLPRI", "SIGURG" */
    unsigned signals; /* how many SIGURG */
    int64_t when;     /* clock_now() of the (first) notice */
};

/* Makes ready to learn of urgent data on fd. -1 with errno. A handler of SIGURG serves one notifier at a
 * time. */
int notifier_open(struct notifier *notifier, struct sink *sink, enum notify how, int fd, int stop_fd,
    struct watch_list *watch);
void notifier_close(struct notifier *notifier);

/* Waits for anything until a time of watch_now() (INT64_MAX: for ever). 1 with *notice, 0 when the time is
 * over or a signal or an observer came in between, -1 with errno. */
int notifier_wait(struct notifier *notifier, int64_t until, struct notice *notice);

#endif
