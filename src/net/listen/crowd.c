/* SPDX-License-Identifier: ISC */
/* listen -k: serves many connections at once, on one epoll instance. */
#include "net/listen/crowd.h"

#include <errno.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "net/listen/crowd-members.h"
#include "net/socket/evidence.h"
#include "net/socket/open.h"
#include "net/watch/moved.h"

#define EVENTS_MOST     256
#define ACCEPTS_MOST    256
/* Out of descriptors or memory, try the next connection when one ends, or after this long. */
#define EXHAUSTED_DELAY NS_PER_S
/* With none that could end it is tried this much later, each time twice as much, and not for ever. */
#define ALONE_DELAY     (50 * NS_PER_MS)
#define ALONE_MOST      6

/* Whether all requested connections have been accepted. */
static bool crowd_is_complete(const struct crowd *crowd)
{
    return crowd->plan->accept_count && crowd->accepted >= crowd->plan->accept_count;
}

static bool accept_wanted(const struct crowd *crowd)
{
    const struct crowd_plan *plan = crowd->plan;
    if (crowd->exhausted_until || crowd_is_complete(crowd))
        return false;
    return !plan->max_conns || crowd->active < plan->max_conns;
}

static void crowd_end(struct crowd *crowd, const struct failure *failure)
{
    *crowd->failure = *failure;
    crowd->outcome = -1;
    crowd->over = true;
}

/* As crowd_end(), with errno as the reason. */
static void crowd_fail(struct crowd *crowd, const char *call)
{
    failure_fill(crowd->failure, PHASE_OTHER, call, NULL, 0);
    crowd->outcome = -1;
    crowd->over = true;
}

static void listener_close(struct crowd *crowd)
{
    poller_drop(&crowd->poller, crowd->server->fd);
    server_close(crowd->sink, crowd->server);
}

static void listener_poll(struct crowd *crowd)
{
    /* No client should wait in a queue that will not be served. */
    if (crowd_is_complete(crowd))
        listener_close(crowd);
    bool wanted = crowd->accept_at == 0 && accept_wanted(crowd);
    if (wanted != crowd->listening && crowd->server->fd >= 0 &&
        poller_change(&crowd->poller, crowd->server->fd, wanted ? EPOLLIN : 0) < 0)
        crowd_fail(crowd, "epoll_ctl");
    crowd->listening = wanted;
}

/* Handles a failure of accept() itself. Out of descriptors or memory, the open connections are still
 * served. */
static void accept_fail(struct crowd *crowd, const struct failure *failure)
{
    int error = failure->error;
    bool passes = error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
    if (!passes || (crowd->active == 0 && crowd->exhausted >= ALONE_MOST)) {
        crowd_end(crowd, failure);
        return;
    }
    /* epoll would keep reporting the listener as readable. */
    int64_t delay = crowd->active ? EXHAUSTED_DELAY : ALONE_DELAY << crowd->exhausted;
    crowd->exhausted_until = watch_now(crowd->context->watch) + delay;
    crowd->exhausted_error = error;
    if (crowd->exhausted++ == 0)
        emit(crowd->sink, EVENT_WARNING, F_WARNING(DESCRIPTORS_EXHAUSTED),
            F_TEXT("text", "out of descriptors or memory: new connections wait until one ends"),
            F_ERRNO(error), F_INT("active", crowd->active));
}

/* Accepts the connections in the queue, but not so many in a row that those that are open starve. */
static void connections_accept(struct crowd *crowd)
{
    struct connection accepted;
    struct failure failure;
    for (int i = 0; i < ACCEPTS_MOST && accept_wanted(crowd); i++) {
        int result = server_accept(
            crowd->context, crowd->spec, crowd->server, crowd->accepted + 1, &accepted, &failure);
        if (result == 0)
            return;
        if (result < 0 && failure.phase == PHASE_ACCEPT) {
            accept_fail(crowd, &failure);
            return;
        }
        crowd->accepted++;
        crowd->exhausted = 0;
        if (result < 0) {
            crowd->plan->failed(crowd->sink, crowd->accepted, &failure);
        } else if (!member_add(crowd, &accepted)) {
            failure_fill(&failure, PHASE_OTHER, "calloc", &accepted.peer, 0);
            failure_close(crowd->sink, &accepted.fd, &failure);
            crowd->plan->failed(crowd->sink, crowd->accepted, &failure);
        }
        if (crowd->plan->accept_delay)
            return;
    }
}

/* When the next timer expires; INT64_MAX: none is set. */
static int64_t timer_next(const struct crowd *crowd)
{
    const struct member *oldest = TAILQ_FIRST(&crowd->members);
    int64_t until = crowd->accept_at ? crowd->accept_at : INT64_MAX;
    if (crowd->exhausted_until)
        until = time_earlier(until, crowd->exhausted_until);
    if (crowd->relay->idle_timeout >= 0 && oldest)
        until = time_earlier(until, oldest->conversation.active + crowd->relay->idle_timeout);
    if (crowd->spec->accept_timeout >= 0 && crowd->active == 0)
        until = time_earlier(until, crowd->alone_since + crowd->spec->accept_timeout);
    return until;
}

static void timers_run(struct crowd *crowd)
{
    struct failure failure;
    struct watch_list *watch = crowd->context->watch;
    int64_t now = watch_now(watch);
    if (crowd->exhausted_until && now >= crowd->exhausted_until)
        crowd->exhausted_until = 0;
    if (crowd->accept_at && now >= crowd->accept_at) {
        connections_accept(crowd);
        crowd->accept_at = 0;
    }
    members_time_out(crowd);
    if (!crowd->over && crowd->active == 0 && crowd->spec->accept_timeout >= 0 &&
        watch_over(watch, crowd->alone_since + crowd->spec->accept_timeout)) {
        server_time_out(crowd->context, crowd->server, crowd->spec->accept_timeout, &failure);
        /* A client has tried to connect. */
        errno = crowd->exhausted_error;
        if (crowd->exhausted)
            failure_fill(&failure, PHASE_ACCEPT, "accept4", &crowd->server->local, 0);
        crowd_end(crowd, &failure);
    }
}

static void listener_ready(struct crowd *crowd)
{
    if (crowd->plan->accept_delay)
        crowd->accept_at = watch_now(crowd->context->watch) + crowd->plan->accept_delay;
    else
        connections_accept(crowd);
}

static void event_handle(struct crowd *crowd, const struct epoll_event *event)
{
    void *owner = poller_owner(&crowd->poller, event);
    if (owner == crowd->server) {
        listener_ready(crowd);
    } else if (owner == crowd) {
        crowd->outcome = stop_read(crowd->context->stop_fd);
        crowd->over = true;
    } else if (owner) {
        member_serve(crowd, owner, event->events);
    }
}

static bool crowd_finished(const struct crowd *crowd)
{
    return crowd->over || (crowd_is_complete(crowd) && crowd->active == 0);
}

static void crowd_loop(struct crowd *crowd)
{
    struct epoll_event events[EVENTS_MOST];
    for (listener_poll(crowd); !crowd_finished(crowd); listener_poll(crowd)) {
        int count =
            watch_epoll_wait(crowd->context, crowd->poller.epoll, events, EVENTS_MOST, timer_next(crowd));
        if (count < 0) {
            crowd_fail(crowd, "epoll_wait");
            return;
        }
        for (int i = 0; i < count && !crowd->over; i++)
            event_handle(crowd, &events[i]);
        timers_run(crowd);
    }
}

/* Adds the descriptors besides the members to epoll. */
static int crowd_begin(struct crowd *crowd)
{
    int stop_fd = crowd->context->stop_fd;
    if (poller_open(&crowd->poller) < 0) {
        crowd_fail(crowd, "epoll_create1");
        return -1;
    }
    if (poller_add(&crowd->poller, crowd->server->fd, EPOLLIN, crowd->server) < 0 ||
        (stop_fd >= 0 && poller_add(&crowd->poller, stop_fd, EPOLLIN, crowd) < 0)) {
        crowd_fail(crowd, "epoll_ctl");
        return -1;
    }
    return 0;
}

int crowd_run(const struct context *context, const struct spec *spec, const struct relay_plan *relay,
    const struct crowd_plan *plan, struct server *server, struct failure *failure)
{
    struct crowd crowd = {.context = context,
        .sink = context->sink,
        .spec = spec,
        .relay = relay,
        .plan = plan,
        .server = server,
        .failure = failure,
        .output = output_open(relay->output),
        .listening = true,
        .alone_since = watch_now(context->watch)};
    TAILQ_INIT(&crowd.members);
    descriptors_raise();
    if (spec->accept_timeout >= 0 && spec->family != AF_UNIX)
        moved_wait(context, 0);
    if (crowd_begin(&crowd) == 0)
        crowd_loop(&crowd);
    moved_wait_end(context);
    struct member *member;
    while ((member = TAILQ_FIRST(&crowd.members)))
        member_end(&crowd, member);
    /* Its owner closes it. */
    poller_drop(&crowd.poller, server->fd);
    poller_close(&crowd.poller);
    return crowd.outcome;
}
