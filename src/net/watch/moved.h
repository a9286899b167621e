/* SPDX-License-Identifier: ISC */
/* Which counters of lost packets moved while an answer was waited for. Their first look costs 0.1 ms, so it
 * is taken only once nothing has come for a while; what the first SYN moved at once is not in it. */
#ifndef NET_WATCH_MOVED_H
#define NET_WATCH_MOVED_H

#include "net/watch/context.h"
#include "why/failure.h"

struct moved {
    struct watch_item item;
    struct watch_list *watch; /* that has the item; NULL: none */
    struct counters before;
};

/* A wait for what comes through a network begins, and ends. Between them the first look is taken, if it has
 * not been. Do nothing if a failure will not be explained. */
void moved_wait(const struct context *context);
void moved_wait_end(const struct context *context);

/* Takes the first look now, before anything is sent. */
void moved_look(const struct context *context);

/* Takes the second look, if there was a first, and notes in the failure what moved since. Keeps errno. */
void moved_note(const struct context *context, struct failure *failure);

#endif
