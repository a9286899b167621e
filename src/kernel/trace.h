/* SPDX-License-Identifier: ISC */
/*
 * Every change of a TCP state on this host, as logged by the kernel: the tracepoint sock:inet_sock_set_state
 * (Linux 4.16), read through an instance of its own in tracefs, which leaves other tracing alone. Needs root
 * in the initial user namespace. It does not have: TIME_WAIT, which is not a full socket; a local port before
 * there is one; the network namespace; and SYN_RECV at its time, because that is logged when the last ACK
 * turns it into a socket.
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
    int from, to;     /* TCP states */
    int thread;       /* that ran on this CPU, by its number in the initial PID namespace; -1: not known */
    char program[32]; /* its name: foreign bytes; "": not known */
    bool is_caller;   /* it made a system call that did this; otherwise it was only interrupted */
};

struct trace {
    char instance[128]; /* its directory; "": none */
    int pipe;           /* readable if there is something to read; -1: not open */
    uint64_t lost;      /* transitions that were not read in time */
    size_t held;        /* bytes of an incomplete line */
    char line[1024];
};

/* Whether it can be used here; if not, writes the reason to text. */
bool trace_available(char *text, size_t size);

/* Begins tracing what has this TCP port at one of its ends; port 0: everything. 0, or -1 with errno and
 * nothing left behind. */
int trace_open(struct trace *trace, int port);

/* Restricts what is logged from now on to a port. 0, or -1 with errno. */
int trace_filter(const struct trace *trace, int port);

/* Calls visit for each transition logged since the last call, but not for so many that nothing else would be
 * served: what is left keeps the pipe readable. 0, or -1 with errno. */
typedef void trace_visit(const struct trace_transition *transition, void *data);
int trace_read(struct trace *trace, trace_visit *visit, void *data);

/* Ends tracing and removes the instance; does nothing if it is not open. */
void trace_close(struct trace *trace);

/* Reads a line of trace_pipe; false if it is not about a TCP socket. */
bool trace_parse(const char *line, struct trace_transition *transition);

#endif
