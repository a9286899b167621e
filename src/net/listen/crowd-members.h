/* SPDX-License-Identifier: ISC */
/* A crowd as it runs, and its connections: what crowd.c (accepting, and when it ends) and crowd-members.c
 * share. */
#ifndef NET_LISTEN_CROWD_MEMBERS_H
#define NET_LISTEN_CROWD_MEMBERS_H

#include <sys/queue.h>

#include "call/output.h"
#include "net/data/conversation.h"
#include "net/listen/crowd.h"
#include "net/watch/poller.h"

struct member {
    struct conversation conversation;
    uint32_t events;            /* registered with epoll */
    TAILQ_ENTRY(member) by_age; /* the longest idle one is first */
};

struct crowd {
    const struct context *context;
    struct sink *sink;
    const struct spec *spec;
    const struct relay_plan *relay;
    const struct crowd_plan *plan;
    struct server *server;
    struct failure *failure;
    struct poller poller;
    struct output output;
    TAILQ_HEAD(members, member) members;
    unsigned active, accepted;
    bool listening;          /* the listener is registered with epoll */
    unsigned exhausted;      /* so often in a row nothing was left for the next connection */
    int exhausted_error;     /* and its errno */
    int64_t exhausted_until; /* do not accept before, unless a connection ends; 0: not waiting */
    int64_t accept_at;       /* --accept-delay: do not accept before; 0: not waiting */
    int64_t alone_since;     /* when the last connection ended */
    int outcome;             /* the number of a signal, or -1 */
    bool over;
};

/* Takes over an accepted connection. False if memory runs out: it is then still the caller's. */
bool member_add(struct crowd *crowd, const struct connection *accepted);

/* Moves what can be moved after these events of epoll; ends the member if it is over. */
void member_serve(struct crowd *crowd, struct member *member, uint32_t events);

/* Closes a member, reports its failure if it has one, and frees it. */
void member_end(struct crowd *crowd, struct member *member);

/* Ends the members that have been idle for too long. */
void members_time_out(struct crowd *crowd);

#endif
