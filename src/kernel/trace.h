/*
 * Every change of a TCP state on this host as the kernel itself logs it: the tracepoint
 * sock:inet_sock_set_state (Linux 4.16), read through an instance of its own in tracefs, so that nobody
 * else's tracing is disturbed. It takes root in the initial user namespace. What it does not have: TIME_WAIT,
 * which is no socket any more; a local port before there is one; the network namespace; and SYN_RECV at its
 * time, for that is logged when the last ACK makes a socket of it.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

struct trace_transition {
    int64_t when; /* CLOCK_MONOTONIC, ns; the kernel writes microseconds */
    struct address local, peer;
    int from, to; /* TCP states */
};

struct trace {
    char instance[128]; /* its directory; "" when there is none */
    int pipe;           /* readable when there is something to read; -1: not open */
    size_t held;        /* bytes of a line that is not whole yet */
    char line[1024];
};

/* Whether it can be used here; if not, says why in text. */
bool trace_available(char *text, size_t size);

/* Begins; port: only what has this TCP port at one of its ends; 0: all. 0, or -1 with errno and nothing left
 * behind. */
int trace_open(struct trace *trace, int port);

/* Narrows what is logged from now on to a port. 0, or -1 with errno. */
int trace_filter(const struct trace *trace, int port);

/* Calls visit for each transition that was logged since the last call. 0, or -1 with errno. */
typedef void trace_visit(const struct trace_transition *transition, void *data);
int trace_read(struct trace *trace, trace_visit *visit, void *data);

/* Ends, and takes the instance away. Nothing when it is not open. */
void trace_close(struct trace *trace);

/* A line of trace_pipe: false when it is not about a TCP socket. */
bool trace_parse(const char *line, struct trace_transition *transition);

#endif
