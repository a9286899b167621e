/* SPDX-License-Identifier: ISC */
/* --trace-states: reports each change of a TCP state, for both ends on this host, as logged by the kernel's
 * tracepoint. */
#ifndef NET_WATCH_TRACE_WATCH_H
#define NET_WATCH_TRACE_WATCH_H

#include "kernel/trace.h"
#include "net/watch/context.h"

struct trace_watch {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct trace trace;
    int port; /* 0: not known yet; nothing is read before */
};

/* Begins the trace, before the first socket. port: report connections of this port; 0: not known yet. 0, or
 * -1 with errno. */
int trace_watch_begin(struct trace_watch *trace, const struct context *context, int port);

/* Sets the port, now that it is known, and reports what was logged for it so far. */
void trace_watch_port(struct trace_watch *trace, int port);

/* Reports what arrives within a moment, and ends the trace. Does nothing if it never began (zeroed). */
void trace_watch_end(struct trace_watch *trace);

#endif
