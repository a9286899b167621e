/* Connecting to the addresses of a name: in turn, or raced as RFC 8305 says. */
#ifndef NET_CONNECT_RACE_H
#define NET_CONNECT_RACE_H

#include "net/socket/path.h"
#include "net/socket/spec.h"
#include "net/socket/target.h"

struct attempt {
    int fd; /* -1: not under way */
    int64_t began;
};

struct race {
    struct sink *sink;
    const struct spec *spec;
    const struct targets *targets;
    const struct targets *sources; /* local ends that were asked for, one of a family; none: any */
    unsigned conn;                 /* number of the connection that this is to become */
    int64_t deadline;              /* of all attempts together, of watch_now(); INT64_MAX: none */
    bool repeated;                 /* a round of --retry after the first: told at a higher level only */
    struct failure *failure;       /* of all that failed the one that says most */
    struct attempt attempts[TARGETS_MAX];
    struct unix_path path; /* of the local end of a unix socket, which the caller removes */
    bool backlog_full;     /* of a unix listener: this one is tried again on a timer */
};

/* What race_run() says when the user stopped it. */
#define RACE_STOPPED (-2)

/* Runs the race and tells of each attempt. The index of the winner among the targets, whose descriptor is
 * then the caller's and the only one open; -1 when all have failed, with *failure; RACE_STOPPED. */
int race_run(struct race *race);

#endif
