/* --trace-states: tells each change of a TCP state, of both ends on this host, as the kernel's tracepoint
 * logs it. */
#ifndef NET_WATCH_TRACE_WATCH_H
#define NET_WATCH_TRACE_WATCH_H

#include "kernel/trace.h"
#include "net/watch/watch.h"

struct trace_watch {
    struct watch_item item;
    struct watch_list *watch;
    struct sink *sink;
    struct trace trace;
    int port; /* 0: not known yet, nothing is read before it is */
};

/* Begins the trace, before the first socket; port: the one that connections are told of, 0: not known yet. 0,
 * or -1 with errno. */
int trace_watch_begin(struct trace_watch *trace, struct watch_list *watch, struct sink *sink, int port);

/* The port is known now: what was logged of it up to now is told. */
void trace_watch_port(struct trace_watch *trace, int port);

/* Tells what is still to come within a moment, and ends it. Nothing when it was never begun (zeroed). */
void trace_watch_end(struct trace_watch *trace);

#endif
