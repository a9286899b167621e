/* SPDX-License-Identifier: ISC */
/* --trace-states: reports what the tracepoint logs, and asks sock_diag for what it lacks. */
#include "net/watch/trace-watch.h"

#include <netinet/tcp.h>

#include "base/number.h"
#include "kernel/sockdiag/sockdiag.h"

/* Older kernels do not wake a reader at once. */
#define READ_INTERVAL (100 * NS_PER_MS)
/* After the end: the last ACK of a close arrives within this time unless it is delayed. */
#define LAST_WORDS    (50 * NS_PER_MS)
/* Others may use the port too: their transitions do not keep us for longer. */
#define LAST_MOST     (500 * NS_PER_MS)

/* The tracepoint goes from FIN_WAIT2 to CLOSE when TIME_WAIT begins. */
static void time_wait_emit(const struct trace_watch *trace, const struct trace_transition *transition)
{
    struct sockdiag_socket found;
    bool may_wait = transition->from == TCP_FIN_WAIT1 || transition->from == TCP_FIN_WAIT2 ||
                    transition->from == TCP_CLOSING;
    if (!may_wait || transition->to != TCP_CLOSE ||
        sockdiag_lookup(IPPROTO_TCP, &transition->local, &transition->peer, 0, &found) <= 0 ||
        found.state != TCP_TIME_WAIT)
        return;
    emit(trace->sink, EVENT_STATE, F_ADDRESS("local", &transition->local),
        F_ADDRESS("peer", &transition->peer), F_STATE("state", found.state), F_TIME("expires", found.expires),
        F_TEXT("source", "sock_diag"));
}

/* A search for the only socket with this peer. */
struct peer_search {
    const struct trace_transition *transition;
    struct address local;
    int found;
};

static int peer_visit(const struct sockdiag_socket *socket, void *data)
{
    struct peer_search *search = data;
    struct address local = socket->local, peer = socket->peer;
    address_unmap(&local);
    address_unmap(&peer);
    if (socket->peer.length == 0 || !address_equal(&peer, &search->transition->peer))
        return 0;
    int port = address_port(&local);
    address_set_port(&local, 0);
    if (!address_equal(&local, &search->transition->local))
        return 0;
    address_set_port(&local, port);
    search->local = local;
    search->found++;
    return 0;
}

/* The transition to SYN_SENT is logged before connect has chosen a port. If only one socket fits, the port is
 * known by now. */
static bool local_port_find(struct trace_transition *transition)
{
    struct peer_search search = {.transition = transition};
    struct sockdiag_query query = {.family = transition->peer.sa.sa_family, .protocol = IPPROTO_TCP};
    if (address_port(&transition->local) != 0 || transition->to != TCP_SYN_SENT)
        return false;
    sockdiag_each(&query, peer_visit, &search);
    if (query.family == AF_INET) {
        query.family = AF_INET6; /* an IPv4 connection on an IPv6 socket */
        sockdiag_each(&query, peer_visit, &search);
    }
    if (search.found == 1)
        transition->local = search.local;
    return search.found == 1;
}

static void transition_emit(const struct trace_transition *logged, void *data)
{
    const struct trace_watch *trace = data;
    struct trace_transition emitted = *logged, *transition = &emitted;
    if (address_port(&transition->local) != trace->port && address_port(&transition->peer) != trace->port)
        return;
    int64_t at = transition->head.when - trace->sink->start;
    bool filled = local_port_find(transition);
    emit(trace->sink, EVENT_STATE, F_ADDRESS("local", &transition->local),
        address_port(&transition->peer) > 0 ? F_ADDRESS("peer", &transition->peer) : F_NONE,
        F_STATE("from", transition->from), F_STATE("previous", transition->from),
        F_STATE("state", transition->to), F_TIME_FINE("at", at < 0 ? 0 : at), F_TEXT("source", "tracepoint"),
        F_TRUE("port_found", filled));
    time_wait_emit(trace, transition);
}

static void trace_serve(struct watch_item *item)
{
    struct trace_watch *trace = item->owner;
    if (trace_read(&trace->trace, transition_emit, trace) < 0)
        item->fd = -1;
    item->due = clock_now() + READ_INTERVAL;
}

int trace_watch_begin(struct trace_watch *trace, const struct context *context, int port)
{
    *trace = (struct trace_watch){.watch = NULL};
    if (trace_open(&trace->trace, port) < 0)
        return -1;
    trace->watch = context->watch;
    trace->sink = context->sink;
    trace->item = (struct watch_item){.fd = -1, .due = INT64_MAX, .serve = trace_serve, .owner = trace};
    watch_add(context->watch, &trace->item);
    emit(context->sink, EVENT_WARNING, F_WARNING(TRACE_GAPS),
        F_TEXT("text", "the tracepoint lacks TIME_WAIT and the local port of SYN_SENT, which sock_diag "
                       "fills in where it can, and has SYN_RECV only when it ends"));
    if (port)
        trace_watch_port(trace, port);
    return 0;
}

void trace_watch_port(struct trace_watch *trace, int port)
{
    if (!trace->watch || trace->port == port)
        return;
    trace->port = port;
    trace_filter(&trace->trace, port);
    trace->item.fd = trace->trace.tracefs.pipe;
    trace_serve(&trace->item);
}

void trace_watch_end(struct trace_watch *trace)
{
    if (!trace->watch)
        return;
    int64_t until = clock_now() + LAST_MOST;
    while (trace->port && trace->item.fd >= 0 && clock_left(until) > 0) {
        struct pollfd pipe = {.fd = trace->item.fd, .events = POLLIN};
        if (call_poll(trace->sink, EVENT_DATA_CALL, &pipe, 1, LAST_WORDS) <= 0)
            break;
        trace_serve(&trace->item);
    }
    watch_remove(trace->watch, &trace->item);
    trace_close(&trace->trace);
    trace->watch = NULL;
}
