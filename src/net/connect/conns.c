/* SPDX-License-Identifier: ISC */
/* connect --conns: opens many connections at once and waits for each of them. */
#include "net/connect/conns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/observe.h"
#include "net/socket/evidence.h"
#include "why/why.h"
#include "call/call.h"
#include "net/socket/deferred.h"
#include "net/socket/handshake.h"
#include "net/socket/itself.h"
#include "net/socket/linger.h"
#include "net/socket/open.h"
#include "net/socket/recverr.h"
#include "net/watch/wire-watch.h"

#define EVENTS_MOST   256
/* poll() does not report that a full backlog of a unix listener has room again. */
#define BACKLOG_DELAY (10 * NS_PER_MS)
/* The delay before the first look at the states, and the interval after it. */
#define LOOK_DELAY    (100 * NS_PER_MS)

static void conn_begin(struct conns *conns, struct conn *conn);

/* One address has failed: tries the next, or reports the failure if it was the last. */
static void conn_fail(struct conns *conns, struct conn *conn, struct failure *failure)
{
    failure->conn = conn->number;
    failure->evidence.type = conns->spec->type;
    conn->state = conn->far = -1;
    conn->again = false;
    if (conn->target + 1 < conns->targets.count && watch_now(conns->context->watch) < conn->late_at) {
        emit(conns->sink, EVENT_ATTEMPT, F_CONN(conn->number), F_ADDRESS("peer", &conn->peer),
            F_ERRNO(failure->error), F_TIME("elapsed", clock_now() - conn->began));
        conn->target++;
        conn_begin(conns, conn);
        return;
    }
    conns->pending--;
    conns->failed++;
    if (!conn->connected)
        conn_times_emit(conns, conn);
    conns->plan->failed(conns->plan->data, conns->sink, failure);
}

/* As conn_fail(), with errno as the reason. */
static void conn_give_up(struct conns *conns, struct conn *conn, const char *call, const char *text)
{
    struct failure failure;
    enum failure_phase phase = strcmp(call, "connect") == 0 ? PHASE_CONNECT : PHASE_OTHER;
    if (conn->fd >= 0)
        conns->open--;
    poller_drop(&conns->poller, conn->fd);
    failure_fill(&failure, phase, call, &conn->peer, conn->began);
    failure_close(conns->sink, &conn->fd, &failure);
    failure.text = failure.evidence.itself ? ITSELF_TEXT : text;
    conn_fail(conns, conn, &failure);
}

static void conn_succeed(struct conns *conns, struct conn *conn)
{
    struct sink *sink = conns->sink;
    const struct settings *settings = &conns->spec->settings;
    struct failure failure;
    struct tcpinfo tcpinfo;
    bool chosen = conns->sources.count && address_port(&conns->sources.items[0]) > 0;
    if (!chosen && itself_refused(sink, conn->fd, &conn->peer)) {
        conn_give_up(conns, conn, "connect", NULL);
        return;
    }
    recverr_leave(sink, conn->fd, &conn->peer, settings);
    conn->connected = true;
    conn->timing = timing_of(conn->fd, conn->began, clock_now());
    conn->again = false;
    call_getsockname(sink, conn->fd, &conn->local);
    conn->state = conn->emitted = socket_state(conn->fd);
    emit(sink, EVENT_CONNECTED, F_CONN(conn->number), F_ADDRESS("peer", &conn->peer),
        F_ADDRESS("local", &conn->local), F_STATE("state", conn->state),
        F_TIME("elapsed", clock_now() - conn->began));
    if (sink_wants(sink, EVENT_WARNING) && tcpinfo_read(conn->fd, &tcpinfo) == 0)
        why_connected(sink, conn->number, &conn->local, &conn->peer, &tcpinfo);
    if (settings_apply(sink, conn->fd, settings, WHEN_AFTER, conn->number, &failure) < 0 ||
        settings_apply(sink, conn->fd, settings, WHEN_CONN, conn->number, &failure) < 0) {
        conn_drop(conns, conn);
        conn_fail(conns, conn, &failure);
        return;
    }
    conns->pending--;
    conns->connected++;
    /* If it cannot be watched, it is still looked at now and then. */
    poller_change(&conns->poller, conn->fd, EPOLLRDHUP | EPOLLET);
}

static void conn_try(struct conns *conns, struct conn *conn)
{
    int result = call_connect(conns->sink, conn->fd, &conn->peer);
    wire_watch_add(conns->context->wires, conn->number, conn->fd, &conn->peer);
    if (result == 0 && deferred_connect(&conns->spec->settings, conn->fd))
        result = deferred_begin(conns->sink, conn->fd);
    if (result == 0) {
        conn_succeed(conns, conn);
    } else if (errno == EAGAIN && conn->peer.sa.sa_family == AF_UNIX) {
        conn->again = conns->again = true;
    } else if (errno == EINPROGRESS) {
        conn->local = socket_local(conn->fd);
        if (poller_change(&conns->poller, conn->fd, EPOLLOUT) < 0)
            conn_give_up(conns, conn, "epoll_ctl", NULL);
    } else {
        conn_give_up(conns, conn, "connect", NULL);
    }
}

static void conn_begin(struct conns *conns, struct conn *conn)
{
    struct failure failure;
    conn->peer = conns->targets.items[conn->target];
    struct address source = target_source(conns->spec, &conns->sources, &conn->peer);
    conn->began = clock_now();
    emit(conns->sink, EVENT_CONNECTING, F_CONN(conn->number), F_ADDRESS("peer", &conn->peer),
        F_ADDRESS("local", source.length > sizeof(sa_family_t) ? &source : NULL));
    conn->fd =
        socket_open(conns->sink, conns->spec, &conn->peer, SOCK_NONBLOCK, &source, conn->number, &failure);
    if (conn->fd < 0) {
        conn_fail(conns, conn, &failure);
        return;
    }
    conns->open++;
    if (!conns->path.ours)
        unix_path_note(&conns->path, &source);
    recverr_ask(conns->sink, conn->fd, &conn->peer, &conns->spec->settings);
    /* Wait for nothing yet: epoll reports a socket that is not connecting as hung up. */
    if (poller_add(&conns->poller, conn->fd, EPOLLET, conn) < 0)
        conn_give_up(conns, conn, "epoll_ctl", NULL);
    else
        conn_try(conns, conn);
}

/* The connection is established, has failed, or was closed by the peer. */
static void conn_ready(struct conns *conns, struct conn *conn, uint32_t events)
{
    if (conn->fd < 0 || conn->again)
        return;
    if (!conn->connected) {
        int error = handshake_end(conns->sink, conn->fd, conn->number);
        errno = error;
        if (error && !handshake_passed(conn->fd))
            conn_give_up(conns, conn, "connect", NULL);
        else if (events & EPOLLOUT)
            conn_succeed(conns, conn);
        return;
    }
    conns->look_at = 0;
}

static void conns_again(struct conns *conns)
{
    conns->again = false;
    for (unsigned i = 0; i < conns->plan->count; i++)
        if (conns->items[i].again)
            conn_try(conns, &conns->items[i]);
}

static void conns_time_out(struct conns *conns)
{
    conns->late_at = INT64_MAX;
    for (unsigned i = 0; i < conns->plan->count; i++) {
        struct conn *conn = &conns->items[i];
        if (conn->fd < 0 || conn->connected)
            continue;
        errno = ETIMEDOUT;
        if (watch_over(conns->context->watch, conn->late_at))
            conn_give_up(conns, conn, "connect", "the time limit has passed");
        else
            conns->late_at = time_earlier(conns->late_at, conn->late_at);
    }
}

/* The user stopped the waiting: the verdict is that of a time limit that ended now. */
static void conns_stop(struct conns *conns)
{
    for (unsigned i = 0; i < conns->plan->count; i++) {
        struct conn *conn = &conns->items[i];
        if (conn->fd < 0 || conn->connected)
            continue;
        errno = ETIMEDOUT;
        conn->late_at = 0; /* no other address is tried */
        conn_give_up(conns, conn, "connect", "stopped");
    }
}

static int64_t wait_until(const struct conns *conns)
{
    int64_t until = conns->pending ? time_earlier(conns->look_at, conns->late_at) : conns->look_at;
    if (conns->again)
        until = time_earlier(until, watch_now(conns->context->watch) + BACKLOG_DELAY);
    return until;
}

static bool conns_over(const struct conns *conns)
{
    return conns->plan->hold ? conns->open == 0 && conns->pending == 0 : conns->pending == 0;
}

/* With very many connections, looking takes at most a tenth of the time. */
static void states_look(struct conns *conns)
{
    int64_t began = clock_now();
    conns_look(conns);
    int64_t delay = 10 * (clock_now() - began);
    conns->look_at = watch_now(conns->context->watch) + (delay > LOOK_DELAY ? delay : LOOK_DELAY);
}

static int conns_wait(struct conns *conns, struct failure *failure)
{
    struct epoll_event events[EVENTS_MOST];
    struct watch_list *watch = conns->context->watch;
    while (!conns_over(conns)) {
        int count =
            watch_epoll_wait(conns->context, conns->poller.epoll, events, EVENTS_MOST, wait_until(conns));
        if (count < 0)
            return failure_fill(failure, PHASE_OTHER, "epoll_wait", NULL, 0);
        for (int i = 0; i < count; i++) {
            void *owner = poller_owner(&conns->poller, &events[i]);
            if (owner == conns) {
                conns_stop(conns);
                return stop_read(conns->context->stop_fd);
            }
            if (owner)
                conn_ready(conns, owner, events[i].events);
        }
        if (conns->again && count == 0)
            conns_again(conns);
        if (watch_over(watch, conns->late_at))
            conns_time_out(conns);
        if (watch_now(watch) >= conns->look_at && !conns_over(conns))
            states_look(conns);
    }
    return 0;
}

static void conn_close(struct conns *conns, struct conn *conn)
{
    if (conn->fd < 0)
        return;
    if (conns->plan->linger >= 0 && conn->connected)
        socket_linger(conns->sink, conn->fd, conns->plan->linger);
    conn_drop(conns, conn);
}

static int conns_begin(struct conns *conns, struct failure *failure)
{
    int stop_fd = conns->context->stop_fd;
    int64_t limit = conns->spec->connect_timeout;
    for (unsigned i = 0; conns->items && i < conns->plan->count; i++)
        conns->items[i].fd = -1;
    errno = ENOMEM;
    if (!conns->items || !conns->by_port)
        return failure_fill(failure, PHASE_OTHER, "calloc", NULL, 0);
    if (poller_open(&conns->poller) < 0)
        return failure_fill(failure, PHASE_OTHER, "epoll_create1", NULL, 0);
    if (stop_fd >= 0 && poller_add(&conns->poller, stop_fd, EPOLLIN, conns) < 0)
        return failure_fill(failure, PHASE_OTHER, "epoll_ctl", NULL, 0);
    for (unsigned i = 0; i < conns->plan->count; i++) {
        conns->items[i] = (struct conn){.fd = -1,
            .number = i + 1,
            .late_at = INT64_MAX,
            .state = -1,
            .emitted = -1,
            .far = -1,
            .far_emitted = -1};
        if (limit >= 0)
            conns->items[i].late_at = watch_now(conns->context->watch) + limit;
        conns->late_at = time_earlier(conns->late_at, conns->items[i].late_at);
        conns->pending++;
        conn_begin(conns, &conns->items[i]);
    }
    return 0;
}

int conns_run(const struct context *context, const struct spec *spec, const struct conns_plan *plan,
    struct failure *failure)
{
    cleanup_free struct conn *items = calloc(plan->count, sizeof(*items));
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    cleanup_free uint32_t *by_port = calloc(UINT16_MAX + 1, sizeof(*by_port));
    struct conns conns = {.context = context,
        .sink = context->sink,
        .spec = spec,
        .plan = plan,
        .items = items,
        .poller = {.epoll = -1},
        .by_port = by_port};
    *failure = (struct failure){.phase = PHASE_NONE};
    conns.times = times_begin(spec->times);
    int found = targets_of(context, spec, targets_limit(context, spec), &targets, &sources, failure);
    if (spec->family != AF_UNIX)
        conns.times.resolve = clock_now() - conns.times.began;
    if (found < 0)
        return -1;
    conns.targets = targets;
    conns.sources = sources;
    descriptors_raise();
    conns.late_at = INT64_MAX;
    conns.look_at = watch_now(context->watch) + LOOK_DELAY;
    int result = conns_begin(&conns, failure);
    if (result == 0)
        result = conns_wait(&conns, failure);
    if (result >= 0)
        conns_look(&conns);
    for (unsigned i = 0; items && i < plan->count; i++)
        conn_close(&conns, &items[i]);
    poller_close(&conns.poller);
    unix_path_remove(&conns.path);
    return result;
}
