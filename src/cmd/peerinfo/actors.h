/* SPDX-License-Identifier: ISC */
/* Which process a transition of the tracepoint belongs to. */
#ifndef CMD_PEERINFO_ACTORS_H
#define CMD_PEERINFO_ACTORS_H

#include "kernel/sockdiag/seen.h"
#include "kernel/trace.h"

/* Processes of threads that may have ended since. */
#define THREADS_KEPT 256
struct actor_thread {
    int thread; /* 0: free */
    pid_t pid;
    char program[32];
};

/* Listeners that began in our time: an accept may be read when its listener has gone already. */
#define LISTENERS_KEPT 64
struct actor_listener {
    struct address local;
    unsigned count; /* of those with this address (SO_REUSEPORT); 0: free */
    pid_t pid;
    char program[32];
};

/* Begins as zeros, ends by actors_free(). */
struct actors {
    struct seen seen;
    int64_t due; /* clock_now() from which another look at /proc is taken if it would help */
    struct actor_thread threads[THREADS_KEPT];
    struct actor_listener listeners[LISTENERS_KEPT];
};
void actors_free(struct actors *actors);

struct actor {
    pid_t pid;           /* in this PID namespace; 0: not known */
    const char *program; /* foreign bytes, valid until the next call; NULL: not known */
};

/*
 * The process that made the system call behind a transition. For one that a segment or a timer caused: the
 * process that a look has seen holding the socket, or for one that a listener takes, the listener.
 */
struct actor actor_of(struct actors *actors, const struct trace_transition *transition);

#endif
