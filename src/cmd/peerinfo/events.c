/* SPDX-License-Identifier: ISC */
/* peerinfo --events: what happens to TCP sockets on the whole host, as the tracepoint logs it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/actors.h"
#include "cmd/peerinfo/peerinfo.h"
#include "cmd/session.h"
#include "kernel/names.h"

/* Older kernels do not wake a reader at once. */
#define READ_INTERVAL (100 * NS_PER_MS)
/* The kernel notes the name of a process when it leaves the CPU for the first time after an event, and writes
 * what it has noted when the event is read. In another PID namespace there is no other way to learn it. */
#define NAMES_DELAY   (10 * NS_PER_MS)

enum action {
    ACTION_NONE,
    ACTION_LISTEN,
    ACTION_CONNECT,
    ACTION_CONNECTED,
    ACTION_FAILED,
    ACTION_ACCEPT,
    ACTION_CLOSE,
    ACTION_PEER_CLOSE,
    ACTION_BREAK,
    ACTION_END,
    ACTIONS,
};

/* clang-format off */
static const struct name_table names_action = {"", (const struct name[]){
    {ACTION_LISTEN, "listen"}, {ACTION_CONNECT, "connect"}, {ACTION_CONNECTED, "connected"},
    {ACTION_FAILED, "failed"}, {ACTION_ACCEPT, "accept"}, {ACTION_CLOSE, "close"},
    {ACTION_PEER_CLOSE, "peer-close"}, {ACTION_BREAK, "break"}, {ACTION_END, "end"}, {0, NULL}}};
/* clang-format on */

struct events {
    const struct peerinfo_options *options;
    struct sink *sink;
    struct trace trace;
    struct watch_item item;
    struct actors actors;
    uint64_t counts[ACTIONS], count, lost;
    int error;
    bool over, waits_for_names;
};

static enum action action_of(const struct trace_transition *transition)
{
    const int from = transition->from, to = transition->to;
    switch (to) {
    case TCP_LISTEN: return ACTION_LISTEN;
    case TCP_SYN_SENT: return ACTION_CONNECT;
    case TCP_ESTABLISHED: return from == TCP_SYN_SENT ? ACTION_CONNECTED : ACTION_ACCEPT;
    case TCP_FIN_WAIT1:
    case TCP_LAST_ACK: return ACTION_CLOSE;
    case TCP_CLOSE_WAIT: return ACTION_PEER_CLOSE;
    case TCP_CLOSE:
        if (from == TCP_LISTEN)
            return ACTION_CLOSE;
        if (from == TCP_SYN_SENT)
            return ACTION_FAILED;
        return from == TCP_ESTABLISHED || from == TCP_CLOSE_WAIT ? ACTION_BREAK : ACTION_END;
    default: return ACTION_NONE; /* SYN_RECV, FIN_WAIT2, CLOSING: no program did it, and more follows */
    }
}

static bool is_wanted(
    const struct events *events, const struct trace_transition *transition, const struct actor *actor)
{
    const struct socket_filter *filter = &events->options->filter;
    struct procfs_holder holder = {.pid = actor->pid};
    struct sockdiag_socket socket = {.family = transition->local.sa.sa_family,
        .type = SOCK_STREAM,
        .protocol = IPPROTO_TCP,
        .state = transition->to,
        .local = transition->local};
    if (address_port(&transition->peer) > 0)
        socket.peer = transition->peer;
    if (!filter_wants(filter, &socket))
        return false;
    snprintf(holder.program, sizeof(holder.program), "%s", actor->program ? actor->program : "");
    return filter_wants_holder(filter, &holder, 1);
}

static void transition_visit(const struct trace_transition *transition, void *data)
{
    struct events *events = data;
    const enum action action = action_of(transition);
    if (action == ACTION_NONE || events->over)
        return;
    const struct actor actor = actor_of(&events->actors, transition);
    if (!is_wanted(events, transition, &actor))
        return;
    int64_t at = transition->head.when - events->sink->start;
    bool has_peer = address_port(&transition->peer) > 0, has_local = address_port(&transition->local) > 0;
    events->counts[action]++;
    events->count++;
    emit(events->sink, EVENT_HOST_STATE, F_NAME("action", names_action, action),
        has_local ? F_ADDRESS("local", &transition->local) : F_NONE,
        has_peer ? F_ADDRESS("peer", &transition->peer) : F_NONE, F_TRUE("inward", action == ACTION_ACCEPT),
        F_STATE("from", transition->from), F_STATE("previous", transition->from),
        F_STATE("state", transition->to), F_TIME_FINE("at", at < 0 ? 0 : at),
        actor.program ? F_FOREIGN("program", actor.program) : F_NONE,
        actor.pid > 0 ? F_INT("pid", actor.pid) : F_NONE,
        transition->head.is_caller ? F_INT("thread", transition->head.thread) : F_NONE,
        F_TEXT("source", "tracepoint"));
    events->over = events->options->count > 0 && events->count >= (uint64_t)events->options->count;
}

static void trace_serve(struct watch_item *item)
{
    struct events *events = item->owner;
    if (events->waits_for_names && item->fd >= 0) {
        item->fd = -1;
        item->due = clock_now() + NAMES_DELAY;
        return;
    }
    if (trace_read(&events->trace, transition_visit, events) < 0) {
        events->error = errno;
        events->over = true;
    }
    if (events->trace.tracefs.lost > events->lost)
        emit(events->sink, EVENT_WARNING, F_WARNING(MESSAGES_LOST),
            F_TEXT("text", "the kernel logged faster than could be read: some events are not shown"),
            F_INT("count", (int64_t)(events->trace.tracefs.lost - events->lost)));
    events->lost = events->trace.tracefs.lost;
    item->fd = events->trace.tracefs.pipe;
    item->due = clock_now() + READ_INTERVAL;
}

static void totals_emit(const struct events *events, int64_t began)
{
    const uint64_t *counts = events->counts;
    emit(events->sink, EVENT_HOST_TOTAL, F_COUNT("connects", counts[ACTION_CONNECT]),
        F_COUNT("failed", counts[ACTION_FAILED]), F_COUNT("accepts", counts[ACTION_ACCEPT]),
        F_COUNT("closes", counts[ACTION_CLOSE]), F_COUNT("breaks", counts[ACTION_BREAK]),
        F_COUNT("lost", events->lost), F_TIME("elapsed", clock_now() - began));
}

static int events_serve(struct events *events, struct session *session)
{
    events->item = (struct watch_item){
        .fd = events->trace.tracefs.pipe, .due = INT64_MAX, .serve = trace_serve, .owner = events};
    watch_add(session->context.watch, &events->item);
    int status = until_over(&session->context, &events->over, events->options->timeout);
    watch_remove(session->context.watch, &events->item);
    errno = events->error;
    return events->error ? call_finish(events->sink, "read") : status;
}

int events_plan(const struct peerinfo_options *options)
{
    const struct socket_filter *filter = &options->filter;
    char error[256];
    if (filter->local || (filter->udp && !filter->tcp))
        return usage_error("--events: only TCP has states");
    if (filter->uid >= 0 || filter->interface)
        return usage_error(
            "--events: the tracepoint does not have the %s", filter->interface ? "interface" : "user");
    if (options->report.netns)
        return usage_error("--events reports all network namespaces: --netns does not go with it");
    if (!trace_available(error, sizeof(error)))
        return missing_error("--events: %s", error);
    return EXIT_DONE;
}

int events_run(const struct peerinfo_options *options, struct sink *sink)
{
    cleanup_free struct events *events = calloc(1, sizeof(*events));
    struct session session;
    int64_t began = clock_now();
    if (!events)
        return call_finish(sink, "calloc");
    *events = (struct events){.options = options, .sink = sink, .waits_for_names = !procfs_is_initial()};
    terminal_fold(sink);
    int status = session_begin(&session, sink, &spec_defaults);
    if (status != EXIT_DONE)
        return status;
    if (trace_open(&events->trace, 0) < 0)
        status = call_finish(sink, "trace");
    else {
        status = events_serve(events, &session);
        totals_emit(events, began);
    }
    trace_close(&events->trace);
    actors_free(&events->actors);
    session_end(&session);
    return status;
}
