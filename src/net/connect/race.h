/* SPDX-License-Identifier: ISC */
/* Connecting to the addresses of a name: in turn, or raced as RFC 8305 says. */
#ifndef NET_CONNECT_RACE_H
#define NET_CONNECT_RACE_H

#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/socket/target.h"
#include "net/watch/timing.h"
#include "net/watch/context.h"

struct attempt {
    int fd;               /* -1: not under way */
    int64_t began;        /* 0: it never was */
    struct timing timing; /* if it succeeded */
    const char *group;    /* of group_type(): the socket is not connected; or NULL */
};

struct race {
    const struct context *context;
    struct sink *sink;
    const struct spec *spec;
    const struct targets *targets;
    const struct targets *sources; /* the requested local ends, one a family; none: any */
    unsigned conn;                 /* number of the connection in events */
    int64_t deadline;              /* for all attempts together, on the clock of watch_now(); INT64_MAX:
                                    * none */
    bool repeated;                 /* a round of --retry after the first: reported at a higher level only */
    struct failure *failure;       /* the most telling failure of all */
    struct attempt *attempts;      /* one a target */
    struct unix_path path;         /* local end of a unix socket, which the caller removes */
    bool backlog_full;             /* of a unix listener: this attempt is retried on a timer */
};

/* Returned by race_run() when the user stopped it. */
#define RACE_STOPPED (-2)
/* Returned by race_run() with *failure when the race could not be run to its end. */
#define RACE_BROKEN  (-3)

/* Runs the race and reports each attempt. Returns the index of the winner among the targets, whose descriptor
 * is the only one left open and belongs to the caller; -1 with *failure if all have failed; RACE_STOPPED;
 * RACE_BROKEN. */
int race_run(struct race *race);

#endif
