/* SPDX-License-Identifier: ISC */
/* The ways in which a program learns of urgent data: poll(2), select(2), epoll(7) and SIGURG. */
#ifndef NET_URGENT_NOTICE_H
#define NET_URGENT_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/name.h"
#include "net/watch/context.h"

enum notify {
    NOTIFY_POLL,   /* POLLPRI */
    NOTIFY_SELECT, /* exceptfds */
    NOTIFY_EPOLL,  /* EPOLLPRI */
    NOTIFY_SIGURG, /* the signal, sent to the owner set by F_SETOWN */
};
extern const struct name_table names_notify; /* poll, select, epoll, sigurg */

struct notifier {
    const struct context *context;
    enum notify how;
    int fd;           /* borrowed */
    bool missed;      /* the urgent byte came before F_SETOWN, and no wait has said so yet */
    int own;          /* the epoll instance, or the pipe from the handler of SIGURG; -1: none */
    const char *call; /* the call that failed in notifier_open() */
};

/* The result of a wait. */
struct notice {
    bool readable, urgent, stopped;
    bool missed;      /* the byte came before F_SETOWN: poll(2) has found it, and there was no signal */
    const char *by;   /* what reported urgent data: "POLLPRI", "exceptfds", "EPOLLPRI", "SIGURG" */
    unsigned signals; /* number of SIGURG */
    int64_t when;     /* clock_now() at the (first) notice */
};

/* Prepares to learn of urgent data on fd. -1 with errno. Only one notifier at a time can use SIGURG. */
int notifier_open(struct notifier *notifier, const struct context *context, enum notify how, int fd);
void notifier_close(struct notifier *notifier);

/* Waits for any event until a time of watch_now() (INT64_MAX: no limit). 1 with *notice; 0 if the time is
 * over, or a signal or an observer interrupted the wait; -1 with errno. */
int notifier_wait(struct notifier *notifier, int64_t until, struct notice *notice);

#endif
