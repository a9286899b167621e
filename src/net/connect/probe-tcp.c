/* SPDX-License-Identifier: ISC */
/*
 * Probes TCP ports with connect(2), many at once: a non-blocking connect, and a second connect() that reads
 * the result. A refused socket is used again for the next port, so that a closed port of a nearby host costs
 * two calls; only those that stay pending are added to epoll.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "net/socket/errors.h"
#include "net/socket/evidence.h"
#include "net/connect/findings.h"
#include "net/socket/deferred.h"
#include "net/socket/itself.h"
#include "net/socket/linger.h"
#include "net/socket/open.h"
#include "net/socket/recverr.h"
#include "net/connect/probe-kinds.h"
#include "net/watch/moved.h"
#include "net/watch/poller.h"

/* With more in flight, queues on the way drop SYNs, and the probe becomes slower. */
#define PARALLEL_DEFAULT 1024
/* Descriptors left for the rest of the program. */
#define DESCRIPTORS_LEFT 16
/* The most answers served in a row before signals and other ports have their turn. */
#define TURN_MOST        256
/* A port without an answer gets at least the time in which a lost SYN is sent again, one second (RFC 6298,
 * section 2.1), plus the grain of the timers. */
#define RETRANSMIT       NS_PER_S
#define TIMEOUT_LEAST    (RETRANSMIT + 250 * NS_PER_MS)
#define ROUND_TRIP_GUESS (250 * NS_PER_MS)
/* Ephemeral ports come back when TIME_WAIT ends, after 60 s at most. */
#define STARVED_DELAY    (20 * NS_PER_MS)
#define STARVED_MOST     (65 * NS_PER_S)

/* One connect(2) at a time, to the port it has now. */
struct trial {
    int fd; /* -1: none */
    unsigned number;
    bool polled;              /* registered with epoll */
    bool holds;               /* has a port that is yet to be tried, or to be tried again */
    bool waits;               /* is in pending */
    int64_t began, since;     /* clock_now() and watch_now() at the connect */
    TAILQ_ENTRY(trial) entry; /* in idle or pending */
};
TAILQ_HEAD(trials, trial);

struct scan {
    const struct context *context;
    struct sink *sink;
    const struct probe_plan *plan;
    const struct address *target;
    struct address peer; /* the target with the current port */
    struct findings *findings;
    struct failure *failure;
    struct trials idle, pending; /* pending: oldest first */
    unsigned open, parallel;     /* descriptors */
    bool local;                  /* on loopback, only RST refuses at once */
    struct poller poller;
    int64_t round_trip, deviation; /* as in RFC 6298 */
    bool measured;
    int64_t resume_at, starved_since; /* 0: not waiting for local ports */
};

static int64_t timeout_of(const struct scan *scan)
{
    if (scan->plan->spec->connect_timeout >= 0)
        return scan->plan->spec->connect_timeout;
    return TIMEOUT_LEAST + scan->round_trip + 4 * scan->deviation;
}

/* RFC 6298, section 2; the answer to a SYN that was sent twice is ambiguous (Karn's algorithm). */
static void round_trip_learn(struct scan *scan, int64_t sample)
{
    if (sample >= RETRANSMIT)
        return;
    if (!scan->measured) {
        scan->round_trip = sample;
        scan->deviation = sample / 2;
        scan->measured = true;
        return;
    }
    int64_t difference = scan->round_trip - sample;
    scan->deviation += ((difference < 0 ? -difference : difference) - scan->deviation) / 4;
    scan->round_trip -= difference / 8;
}

static void trial_close(struct scan *scan, struct trial *trial)
{
    if (trial->fd < 0)
        return;
    poller_drop(&scan->poller, trial->fd);
    call_close(scan->sink, &trial->fd);
    trial->polled = false;
    scan->open--;
}

/* 1 with a descriptor, 0 if none is available now, -1 with the failure. */
static int trial_open(struct scan *scan, struct trial *trial)
{
    if (trial->fd >= 0)
        return 1;
    trial->fd = socket_open(
        scan->sink, scan->plan->spec, &scan->peer, SOCK_NONBLOCK, &scan->plan->source, 0, scan->failure);
    if (trial->fd >= 0) {
        recverr_ask(scan->sink, trial->fd, &scan->peer, &scan->plan->spec->settings);
        scan->open++;
        return 1;
    }
    int error = scan->failure->error;
    if (scan->open == 0 || (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM))
        return -1;
    scan->parallel = scan->open;
    return 0;
}

static struct icmp_error icmp_take(struct scan *scan, const struct trial *trial)
{
    struct evidence evidence = {.family = 0};
    errors_take(scan->sink, trial->fd, 0, false, &evidence, NULL);
    return evidence.icmp;
}

/* What ends a port. */
static void trial_conclude(struct scan *scan, struct trial *trial, int error, int64_t now, bool at_once)
{
    struct icmp_error icmp = {.there = false};
    enum probe_state state = PROBE_UNREACHABLE;
    bool itself = error == 0 && itself_refused(scan->sink, trial->fd, &scan->peer);
    if (itself)
        error = ECONNREFUSED;
    /* Before the handshake, RST is ECONNREFUSED. */
    if (error == 0 || error == ECONNRESET || error == EPIPE)
        state = PROBE_OPEN;
    else if (error == ETIMEDOUT)
        state = PROBE_FILTERED;
    else if (!(at_once && scan->local))
        icmp = icmp_take(scan, trial);
    if (error == ECONNREFUSED && !icmp.there)
        state = PROBE_CLOSED;
    const struct timing timing = timing_of(error == 0 ? trial->fd : -1, trial->began, now);
    if (error == 0 || (error == ECONNREFUSED && !icmp.there))
        round_trip_learn(scan, timing.elapsed);
    if (state != PROBE_OPEN && scan->findings->tally->total == 1) {
        errno = error;
        failure_fill(scan->failure, PHASE_CONNECT, "connect", &scan->peer, trial->began);
        evidence_collect(scan->sink, trial->fd, scan->failure);
        if (icmp.there)
            scan->failure->evidence.icmp = icmp;
        scan->failure->text = itself ? ITSELF_TEXT : NULL;
        if (error == ETIMEDOUT)
            moved_note(scan->context, scan->failure);
    }
    findings_note(scan->findings, trial->number, state, error, &icmp, &timing);
    if (error == 0 && scan->plan->reset)
        socket_linger(scan->sink, trial->fd, 0);
    if (error != ECONNREFUSED || itself)
        trial_close(scan, trial);
}

static int connect_error(struct scan *scan, const struct trial *trial)
{
    int result = call_connect(scan->sink, trial->fd, &scan->peer);
    if (result == 0 && deferred_connect(&scan->plan->spec->settings, trial->fd))
        result = deferred_begin(scan->sink, trial->fd);
    return result == 0 || errno == EISCONN ? 0 : errno;
}

/* 1, or -1 with the failure. */
static int trial_pend(struct scan *scan, struct trial *trial)
{
    if (!trial->polled && poller_add(&scan->poller, trial->fd, EPOLLOUT | EPOLLET, trial) < 0)
        return failure_fill(scan->failure, PHASE_OTHER, "epoll_ctl", NULL, 0);
    trial->polled = trial->waits = true;
    TAILQ_INSERT_TAIL(&scan->pending, trial, entry);
    return 1;
}

/* No local port is free: waits for one. -1 if that has lasted too long. */
static int trial_starve(struct scan *scan, struct trial *trial)
{
    int64_t now = watch_now(scan->context->watch);
    trial->holds = true;
    TAILQ_INSERT_HEAD(&scan->idle, trial, entry);
    if (!scan->starved_since)
        scan->starved_since = now;
    scan->resume_at = now + STARVED_DELAY;
    if (now - scan->starved_since < STARVED_MOST)
        return 0;
    errno = EADDRNOTAVAIL;
    return failure_fill(scan->failure, PHASE_CONNECT, "connect", &scan->peer, trial->began - STARVED_MOST);
}

/* Gives the trial its own port if it still has one, else the next. False if there is none. */
static bool trial_take_port(struct scan *scan, struct trial *trial)
{
    int number = trial->holds ? (int)trial->number : findings_begin(scan->findings);
    if (number < 0)
        return false;
    trial->holds = false;
    trial->number = (unsigned)number;
    return true;
}

/* Tries port after port until one stays pending, none is left, or the turn is over. 1; 0 if nothing can be
 * started now; -1. */
static int trial_run(struct scan *scan, struct trial *trial, unsigned *turns)
{
    int64_t now = clock_now();
    while (*turns > 0 && trial_take_port(scan, trial)) {
        address_set_port(&scan->peer, findings_port(scan->findings, trial->number));
        int opened = trial_open(scan, trial);
        if (opened <= 0) {
            trial->holds = true;
            TAILQ_INSERT_HEAD(&scan->idle, trial, entry);
            return opened;
        }
        trial->began = now;
        trial->since = watch_now(scan->context->watch);
        int error = connect_error(scan, trial);
        if (error == EINPROGRESS)
            error = connect_error(scan, trial);
        now = clock_now();
        if (error == EADDRNOTAVAIL)
            return trial_starve(scan, trial);
        scan->starved_since = 0;
        if (error == EALREADY || error == EINPROGRESS) {
            return trial_pend(scan, trial);
        }
        trial_conclude(scan, trial, error, now, true);
        --*turns;
    }
    TAILQ_INSERT_HEAD(&scan->idle, trial, entry);
    return 1;
}

/* Starts as many trials as possible. 1 if there are more, 0 if there is something to wait for, -1 with the
 * failure. */
static int scan_fill(struct scan *scan)
{
    unsigned turns = TURN_MOST;
    struct trial *trial;
    if (scan->resume_at && watch_now(scan->context->watch) < scan->resume_at)
        return 0;
    scan->resume_at = 0;
    while (turns > 0 && (trial = TAILQ_FIRST(&scan->idle))) {
        bool more = trial->holds || (scan->findings->next_port >= 0 &&
                                        scan->findings->begun - scan->findings->emitted < FINDINGS_MOST);
        if (!more || (trial->fd < 0 && scan->open >= scan->parallel))
            return 0;
        TAILQ_REMOVE(&scan->idle, trial, entry);
        int result = trial_run(scan, trial, &turns);
        if (result < 0 || scan->resume_at)
            return result < 0 ? -1 : 0;
    }
    return turns == 0;
}

static void trial_idle(struct scan *scan, struct trial *trial)
{
    TAILQ_REMOVE(&scan->pending, trial, entry);
    trial->waits = false;
    TAILQ_INSERT_HEAD(&scan->idle, trial, entry);
}

/* Serves a trial that epoll reported; the event may be about an earlier port. */
static void trial_answer(struct scan *scan, struct trial *trial)
{
    if (!trial->waits)
        return;
    address_set_port(&scan->peer, findings_port(scan->findings, trial->number));
    int error = connect_error(scan, trial);
    if (error == EALREADY || error == EINPROGRESS)
        return;
    trial_idle(scan, trial);
    trial_conclude(scan, trial, error, clock_now(), false);
}

static void late_end(struct scan *scan)
{
    struct trial *trial;
    const struct watch_list *watch = scan->context->watch;
    int64_t timeout = timeout_of(scan);
    while ((trial = TAILQ_FIRST(&scan->pending)) && watch_over(watch, trial->since + timeout)) {
        trial_idle(scan, trial);
        address_set_port(&scan->peer, findings_port(scan->findings, trial->number));
        trial_conclude(scan, trial, ETIMEDOUT, clock_now(), false);
    }
}

static int64_t wait_until(const struct scan *scan, bool busy)
{
    const struct trial *oldest = TAILQ_FIRST(&scan->pending);
    int64_t until = oldest ? oldest->since + timeout_of(scan) : INT64_MAX;
    if (scan->resume_at)
        until = time_earlier(until, scan->resume_at);
    return busy ? 0 : until;
}

static int scan_loop(struct scan *scan)
{
    struct epoll_event events[TURN_MOST];
    for (;;) {
        int busy = scan_fill(scan);
        findings_emit(scan->findings, false);
        if (busy < 0)
            return -1;
        if (scan->findings->emitted == scan->findings->tally->total)
            return 0;
        int count = watch_epoll_wait(
            scan->context, scan->poller.epoll, events, TURN_MOST, wait_until(scan, busy > 0));
        if (count < 0)
            return failure_fill(scan->failure, PHASE_OTHER, "epoll_wait", NULL, 0);
        for (int i = 0; i < count; i++) {
            void *owner = poller_owner(&scan->poller, &events[i]);
            if (owner == scan)
                return stop_read(scan->context->stop_fd);
            if (owner)
                trial_answer(scan, owner);
        }
        late_end(scan);
    }
}

static unsigned parallel_of(const struct probe_plan *plan)
{
    struct rlimit limit;
    unsigned parallel = plan->parallel ? plan->parallel : PARALLEL_DEFAULT;
    /* Two sockets would collide on the requested source port. */
    if (address_port(&plan->source) > 0)
        return 1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < parallel + DESCRIPTORS_LEFT)
        descriptors_raise();
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < parallel + DESCRIPTORS_LEFT)
        parallel = limit.rlim_cur > DESCRIPTORS_LEFT + 1 ? (unsigned)limit.rlim_cur - DESCRIPTORS_LEFT : 1;
    return parallel;
}

static int scan_poll_stop(struct scan *scan)
{
    int stop = scan->context->stop_fd;
    return stop < 0 ? 0 : poller_add(&scan->poller, stop, EPOLLIN, scan);
}

int probe_tcp(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure)
{
    struct scan scan = {.context = context,
        .sink = context->sink,
        .plan = plan,
        .target = target,
        .peer = *target,
        .findings = findings,
        .failure = failure,
        .parallel = parallel_of(plan),
        .local = address_is_loopback(target),
        .poller = {.epoll = -1},
        .round_trip = ROUND_TRIP_GUESS,
        .deviation = ROUND_TRIP_GUESS / 2};
    cleanup_free struct trial *trials = calloc(scan.parallel, sizeof(*trials));
    TAILQ_INIT(&scan.idle);
    TAILQ_INIT(&scan.pending);
    if (!trials)
        return failure_fill(failure, PHASE_OTHER, "calloc", NULL, 0);
    if (poller_open(&scan.poller) < 0)
        return failure_fill(failure, PHASE_OTHER, "epoll_create1", NULL, 0);
    int result = scan_poll_stop(&scan);
    if (result < 0)
        failure_fill(failure, PHASE_OTHER, "epoll_ctl", NULL, 0);
    for (unsigned i = 0; i < scan.parallel; i++) {
        trials[i].fd = -1;
        TAILQ_INSERT_TAIL(&scan.idle, &trials[i], entry);
    }
    if (findings->tally->total == 1)
        moved_wait(context, 0);
    if (result == 0)
        result = scan_loop(&scan);
    moved_wait_end(context);
    for (unsigned i = 0; i < scan.parallel; i++)
        trial_close(&scan, &trials[i]);
    poller_close(&scan.poller);
    return result;
}
