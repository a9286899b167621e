/*
 * Probes TCP ports with connect(2), many at once: a non-blocking connect, and a second connect() that reads
 * the result. A refused socket is used again for the next port, so that a closed port of a nearby host costs
 * two calls; epoll watches only those that stay pending.
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
#include "net/socket/itself.h"
#include "net/socket/linger.h"
#include "net/socket/open.h"
#include "net/connect/probe-kinds.h"
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

struct attempt {
    int fd; /* -1: none */
    unsigned number;
    bool watched;               /* registered with epoll */
    bool holds;                 /* has a port that is yet to be tried, or to be tried again */
    bool waits;                 /* is in pending */
    int64_t began, since;       /* clock_now() and watch_now() at the connect */
    TAILQ_ENTRY(attempt) entry; /* in idle or pending */
};
TAILQ_HEAD(attempts, attempt);

struct scan {
    struct sink *sink;
    const struct probe_plan *plan;
    const struct address *target;
    struct address peer; /* the target with the current port */
    struct findings *findings;
    struct failure *failure;
    struct attempts idle, pending; /* pending: oldest first */
    unsigned open, parallel;       /* descriptors */
    bool local;                    /* on loopback, only RST refuses at once */
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

static void attempt_close(struct scan *scan, struct attempt *attempt)
{
    if (attempt->fd < 0)
        return;
    poller_drop(&scan->poller, attempt->fd);
    call_close(scan->sink, &attempt->fd);
    attempt->watched = false;
    scan->open--;
}

/* 1 with a descriptor, 0 if none is available now, -1 with the failure. */
static int attempt_open(struct scan *scan, struct attempt *attempt)
{
    if (attempt->fd >= 0)
        return 1;
    attempt->fd = socket_open(
        scan->sink, scan->plan->spec, &scan->peer, SOCK_NONBLOCK, &scan->plan->source, 0, scan->failure);
    if (attempt->fd >= 0) {
        scan->open++;
        return 1;
    }
    int error = scan->failure->error;
    if (scan->open == 0 || (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM))
        return -1;
    scan->parallel = scan->open;
    return 0;
}

static struct icmp_error icmp_take(struct scan *scan, const struct attempt *attempt)
{
    struct evidence evidence = {.family = 0};
    errors_take(scan->sink, attempt->fd, 0, false, &evidence);
    return evidence.icmp;
}

/* What ends a port. */
static void attempt_conclude(struct scan *scan, struct attempt *attempt, int error, int64_t now, bool at_once)
{
    struct icmp_error icmp = {.there = false};
    enum probe_state state = PROBE_UNREACHABLE;
    bool itself = error == 0 && itself_refused(scan->sink, attempt->fd, &scan->peer);
    if (itself)
        error = ECONNREFUSED;
    if (error == 0)
        state = PROBE_OPEN;
    else if (error == ETIMEDOUT)
        state = PROBE_FILTERED;
    else if (!(at_once && scan->local))
        icmp = icmp_take(scan, attempt);
    if (error == ECONNREFUSED && !icmp.there)
        state = PROBE_CLOSED;
    if (error == 0 || (error == ECONNREFUSED && !icmp.there))
        round_trip_learn(scan, now - attempt->began);
    if (error && scan->findings->tally->total == 1) {
        errno = error;
        failure_fill(scan->failure, PHASE_CONNECT, "connect", &scan->peer, attempt->began);
        evidence_collect(scan->sink, attempt->fd, scan->failure);
        if (icmp.there)
            scan->failure->evidence.icmp = icmp;
        scan->failure->text = itself ? ITSELF_TEXT : NULL;
    }
    findings_note(scan->findings, attempt->number, state, error, &icmp, now - attempt->began);
    if (error == 0 && scan->plan->reset)
        socket_linger(scan->sink, attempt->fd, 0);
    if (error != ECONNREFUSED || itself)
        attempt_close(scan, attempt);
}

static int connect_error(struct scan *scan, const struct attempt *attempt)
{
    if (call_connect(scan->sink, attempt->fd, &scan->peer) == 0 || errno == EISCONN)
        return 0;
    return errno;
}

/* 1, or -1 with the failure. */
static int attempt_pend(struct scan *scan, struct attempt *attempt)
{
    if (!attempt->watched && poller_add(&scan->poller, attempt->fd, EPOLLOUT | EPOLLET, attempt) < 0)
        return failure_fill(scan->failure, PHASE_OTHER, "epoll_ctl", NULL, 0);
    attempt->watched = attempt->waits = true;
    TAILQ_INSERT_TAIL(&scan->pending, attempt, entry);
    return 1;
}

/* No local port is free: waits for one. -1 if that has lasted too long. */
static int attempt_starve(struct scan *scan, struct attempt *attempt)
{
    int64_t now = watch_now(scan->plan->spec->watch);
    attempt->holds = true;
    TAILQ_INSERT_HEAD(&scan->idle, attempt, entry);
    if (!scan->starved_since)
        scan->starved_since = now;
    scan->resume_at = now + STARVED_DELAY;
    if (now - scan->starved_since < STARVED_MOST)
        return 0;
    errno = EADDRNOTAVAIL;
    return failure_fill(scan->failure, PHASE_CONNECT, "connect", &scan->peer, attempt->began - STARVED_MOST);
}

/* Gives the attempt its own port if it still has one, else the next. False if there is none. */
static bool attempt_take_port(struct scan *scan, struct attempt *attempt)
{
    int number = attempt->holds ? (int)attempt->number : findings_begin(scan->findings);
    if (number < 0)
        return false;
    attempt->holds = false;
    attempt->number = (unsigned)number;
    return true;
}

/* Tries port after port until one stays pending, none is left, or the turn is over. 1; 0 if nothing can be
 * started now; -1. */
static int attempt_run(struct scan *scan, struct attempt *attempt, unsigned *turns)
{
    int64_t now = clock_now();
    while (*turns > 0 && attempt_take_port(scan, attempt)) {
        address_set_port(&scan->peer, findings_port(scan->findings, attempt->number));
        int opened = attempt_open(scan, attempt);
        if (opened <= 0) {
            attempt->holds = true;
            TAILQ_INSERT_HEAD(&scan->idle, attempt, entry);
            return opened;
        }
        attempt->began = now;
        attempt->since = watch_now(scan->plan->spec->watch);
        int error = connect_error(scan, attempt);
        if (error == EINPROGRESS)
            error = connect_error(scan, attempt);
        now = clock_now();
        if (error == EADDRNOTAVAIL)
            return attempt_starve(scan, attempt);
        scan->starved_since = 0;
        if (error == EALREADY || error == EINPROGRESS) {
            return attempt_pend(scan, attempt);
        }
        attempt_conclude(scan, attempt, error, now, true);
        --*turns;
    }
    TAILQ_INSERT_HEAD(&scan->idle, attempt, entry);
    return 1;
}

/* Starts as many attempts as possible. 1 if there are more, 0 if there is something to wait for, -1 with the
 * failure. */
static int scan_fill(struct scan *scan)
{
    unsigned turns = TURN_MOST;
    struct attempt *attempt;
    if (scan->resume_at && watch_now(scan->plan->spec->watch) < scan->resume_at)
        return 0;
    scan->resume_at = 0;
    while (turns > 0 && (attempt = TAILQ_FIRST(&scan->idle))) {
        bool more = attempt->holds || (scan->findings->next_port >= 0 &&
                                          scan->findings->begun - scan->findings->emitted < FINDINGS_MOST);
        if (!more || (attempt->fd < 0 && scan->open >= scan->parallel))
            return 0;
        TAILQ_REMOVE(&scan->idle, attempt, entry);
        int result = attempt_run(scan, attempt, &turns);
        if (result < 0 || scan->resume_at)
            return result < 0 ? -1 : 0;
    }
    return turns == 0;
}

static void attempt_idle(struct scan *scan, struct attempt *attempt)
{
    TAILQ_REMOVE(&scan->pending, attempt, entry);
    attempt->waits = false;
    TAILQ_INSERT_HEAD(&scan->idle, attempt, entry);
}

/* Serves an attempt that epoll reported; the event may be about an earlier port. */
static void attempt_answer(struct scan *scan, struct attempt *attempt)
{
    if (!attempt->waits)
        return;
    address_set_port(&scan->peer, findings_port(scan->findings, attempt->number));
    int error = connect_error(scan, attempt);
    if (error == EALREADY || error == EINPROGRESS)
        return;
    attempt_idle(scan, attempt);
    attempt_conclude(scan, attempt, error, clock_now(), false);
}

static void late_end(struct scan *scan)
{
    struct attempt *attempt;
    const struct watch_list *watch = scan->plan->spec->watch;
    int64_t timeout = timeout_of(scan);
    while ((attempt = TAILQ_FIRST(&scan->pending)) && watch_over(watch, attempt->since + timeout)) {
        attempt_idle(scan, attempt);
        address_set_port(&scan->peer, findings_port(scan->findings, attempt->number));
        attempt_conclude(scan, attempt, ETIMEDOUT, clock_now(), false);
    }
}

static int64_t wait_until(const struct scan *scan, bool busy)
{
    const struct attempt *oldest = TAILQ_FIRST(&scan->pending);
    int64_t until = oldest ? oldest->since + timeout_of(scan) : INT64_MAX;
    if (scan->resume_at)
        until = time_earlier(until, scan->resume_at);
    return busy ? 0 : until;
}

static int scan_loop(struct scan *scan)
{
    struct epoll_event events[TURN_MOST];
    const struct spec *spec = scan->plan->spec;
    for (;;) {
        int busy = scan_fill(scan);
        findings_emit(scan->findings, false);
        if (busy < 0)
            return -1;
        if (scan->findings->emitted == scan->findings->tally->total)
            return 0;
        int count = watch_epoll_wait(
            spec->watch, scan->sink, scan->poller.epoll, events, TURN_MOST, wait_until(scan, busy > 0));
        if (count < 0)
            return failure_fill(scan->failure, PHASE_OTHER, "epoll_wait", NULL, 0);
        for (int i = 0; i < count; i++) {
            void *owner = poller_owner(&scan->poller, &events[i]);
            if (owner == scan)
                return stop_read(spec->stop_fd);
            if (owner)
                attempt_answer(scan, owner);
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

static int scan_watch_stop(struct scan *scan)
{
    int stop = scan->plan->spec->stop_fd;
    return stop < 0 ? 0 : poller_add(&scan->poller, stop, EPOLLIN, scan);
}

int probe_tcp(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure)
{
    struct scan scan = {.sink = sink,
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
    cleanup_free struct attempt *attempts = calloc(scan.parallel, sizeof(*attempts));
    TAILQ_INIT(&scan.idle);
    TAILQ_INIT(&scan.pending);
    if (!attempts)
        return failure_fill(failure, PHASE_OTHER, "calloc", NULL, 0);
    if (poller_open(&scan.poller) < 0)
        return failure_fill(failure, PHASE_OTHER, "epoll_create1", NULL, 0);
    int result = scan_watch_stop(&scan);
    if (result < 0)
        failure_fill(failure, PHASE_OTHER, "epoll_ctl", NULL, 0);
    for (unsigned i = 0; i < scan.parallel; i++) {
        attempts[i].fd = -1;
        TAILQ_INSERT_TAIL(&scan.idle, &attempts[i], entry);
    }
    if (result == 0)
        result = scan_loop(&scan);
    for (unsigned i = 0; i < scan.parallel; i++)
        attempt_close(&scan, &attempts[i]);
    poller_close(&scan.poller);
    return result;
}
