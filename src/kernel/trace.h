/* SPDX-License-Identifier: ISC */
/*
 * Every change of a TCP state on this host, as logged by the kernel: the tracepoint sock:inet_sock_set_state
 * (Linux 4.16). It does not have: TIME_WAIT, which is not a full socket; a local port before
 * there is one; the network namespace; and SYN_RECV at its time, because that is logged when the last ACK
 * turns it into a socket.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "base/address.h"
#include "kernel/trace/tracefs.h"

struct trace_transition {
    struct trace_head head;
    struct address local, peer;
    int from, to; /* TCP states */
};

struct trace {
    struct tracefs tracefs;
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
