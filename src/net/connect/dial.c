/* SPDX-License-Identifier: ISC */
/* plan -> connected descriptor: resolves names, races their addresses, and retries if asked to. */
#include "net/connect/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "why/why.h"
#include "net/connect/again.h"
#include "call/call.h"
#include "net/connect/patience.h"
#include "net/connect/race.h"
#include "net/socket/deferred.h"
#include "net/socket/open.h"
#include "net/watch/peer-states.h"

#define RETRY_FIRST (100 * NS_PER_MS)
#define RETRY_MOST  NS_PER_S

/* Whether the kernel connected the socket to another peer than was asked for, as a cgroup program may have it
 * do. */
static bool is_elsewhere(const struct address *peer, const struct address *asked)
{
    struct address a = *peer, b = *asked;
    if (a.length == 0 || a.sa.sa_family == AF_UNIX || address_is_wildcard(asked))
        return false;
    address_unmap(&a);
    address_unmap(&b);
    return a.sa.sa_family != b.sa.sa_family ||
           (a.sa.sa_family == AF_INET6 ? !IN6_ARE_ADDR_EQUAL(&a.in6.sin6_addr, &b.in6.sin6_addr)
                                       : a.in.sin_addr.s_addr != b.in.sin_addr.s_addr) ||
           address_port(&a) != address_port(&b);
}

static void connected_emit(struct race *race, const struct dialed *dialed, int64_t began)
{
    struct tcpinfo tcpinfo;
    if (deferred_connect(&race->spec->settings, dialed->fd)) {
        emit(race->sink, EVENT_WARNING, F_CONN(race->conn), F_WARNING(SYN_DEFERRED),
            F_TEXT("text", "no SYN has gone out: TCP_FASTOPEN_CONNECT sends it with the first data"),
            F_ADDRESS("peer", &dialed->peer), F_ADDRESS("local", &dialed->local));
        return;
    }
    struct address peer = socket_peer(dialed->fd), asked = dialed->peer;
    bool differs = is_elsewhere(&peer, &asked);
    emit(race->sink, EVENT_CONNECTED, F_CONN(race->conn), F_ADDRESS("peer", differs ? &peer : &asked),
        differs ? F_ADDRESS("requested", &asked) : F_NONE, F_ADDRESS("local", &dialed->local),
        F_STATE("state", socket_state(dialed->fd)), F_TIME("elapsed", clock_now() - began));
    if (sink_wants(race->sink, EVENT_WARNING) && tcpinfo_read(dialed->fd, &tcpinfo) == 0)
        why_connected(race->sink, race->conn, &dialed->local, &dialed->peer, &tcpinfo);
}

/* Whether a handshake, or connect(2) of a unix socket, took the time of this attempt: a datagram socket sends
 * nothing yet, nor does TCP_FASTOPEN_CONNECT. */
static bool is_timed(const struct race *race, const struct attempt *attempt)
{
    return race->spec->type != SOCK_DGRAM && !deferred_connect(&race->spec->settings, attempt->fd);
}

/* Counts the attempts of a round; winner: -1 if there is none. They begin in order. */
static void times_attempts(struct times *times, const struct race *race, int winner)
{
    unsigned before = times->attempts;
    for (size_t i = 0; i < race->targets->count && race->attempts[i].began; i++)
        times->attempts++;
    if (winner < 0)
        return;
    times->attempt = before + (unsigned)winner + 1;
    times->connected = is_timed(race, &race->attempts[winner]);
    times->timing = race->attempts[winner].timing;
}

static int dial_finish(struct race *race, int winner, int64_t began, struct dialed *dialed)
{
    struct sink *sink = race->sink;
    const struct settings *settings = &race->spec->settings;
    dialed->fd = fd_take(&race->attempts[winner].fd);
    dialed->peer = race->targets->items[winner];
    call_getsockname(sink, dialed->fd, &dialed->local);
    if (race->attempts[winner].group)
        emit(sink, EVENT_GROUP, F_ADDRESS("peer", &dialed->peer), F_ADDRESS("local", &dialed->local),
            F_TEXT("type", race->attempts[winner].group));
    else
        connected_emit(race, dialed, began);
    if (race->spec->type == SOCK_STREAM)
        peer_states_add(race->context->peers, race->conn, &dialed->local, &dialed->peer);
    if (race->spec->connect_again)
        again_connected(sink, dialed->fd, race->conn, &dialed->peer);
    /* Everything after connect waits with poll: --blocking is about connect(2), not about transfers. */
    if (race->spec->blocking)
        call_fcntl_setfl(sink, dialed->fd, O_RDWR | O_NONBLOCK);
    if (settings_apply(sink, dialed->fd, settings, WHEN_AFTER, race->conn, race->failure) < 0 ||
        settings_apply(sink, dialed->fd, settings, WHEN_CONN, race->conn, race->failure) < 0) {
        call_close(sink, &dialed->fd);
        return -1;
    }
    return 0;
}

/* One of the rounds of --retry. */
struct round {
    unsigned conn;
    bool repeated;
    int64_t deadline; /* of watch_now(); INT64_MAX: none */
};

/* Resolves and races. */
static int round_run(const struct context *context, const struct spec *spec, const struct round *round,
    struct dialed *dialed, struct failure *failure)
{
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    int64_t began = clock_now();
    *failure = (struct failure){.phase = PHASE_NONE};
    int64_t limit = time_earlier(round->deadline, targets_limit(context, spec));
    int found = targets_of(context, spec, limit, &targets, &sources, failure);
    if (spec->family != AF_UNIX)
        dialed->times.resolve = clock_now() - began;
    if (found < 0)
        return -1;
    cleanup_free struct attempt *attempts = calloc(targets.count, sizeof(*attempts));
    if (!attempts)
        return failure_fill(failure, PHASE_OTHER, "calloc", NULL, 0);
    /* After a slow lookup there is still time to connect. */
    int64_t least = watch_now(context->watch) + RETRY_FIRST;
    int64_t deadline = round->deadline < least ? least : round->deadline;
    if (spec->connect_timeout >= 0)
        deadline = time_earlier(deadline, watch_now(context->watch) + spec->connect_timeout);
    struct race race = {.context = context,
        .sink = context->sink,
        .spec = spec,
        .targets = &targets,
        .sources = &sources,
        .conn = round->conn,
        .failure = failure,
        .attempts = attempts,
        .repeated = round->repeated,
        .deadline = deadline};
    int winner = race_run(&race);
    times_attempts(&dialed->times, &race, winner);
    int result = winner == RACE_STOPPED ? DIAL_STOPPED
                 : winner < 0           ? -1
                                        : dial_finish(&race, winner, began, dialed);
    if (result == 0)
        dialed->path = race.path;
    else
        unix_path_remove(&race.path);
    return result;
}

/* Whether waiting may help. */
static bool failure_passes(const struct failure *failure)
{
    switch (failure_class(failure)) {
    case FAILURE_REFUSED:
    case FAILURE_TIMED_OUT:
    case FAILURE_UNREACHABLE: return true;
    case FAILURE_RESOLVE: return failure->eai == EAI_AGAIN;
    default: return failure->phase == PHASE_CONNECT && failure->error == ECONNRESET;
    }
}

int dial(const struct context *context, const struct spec *spec, unsigned conn, struct dialed *dialed,
    struct failure *failure)
{
    int64_t began = clock_now(), now = watch_now(context->watch), delay = RETRY_FIRST;
    int64_t deadline = spec->retry < 0 ? INT64_MAX : now + spec->retry;
    dialed->times = times_begin(spec->times);
    for (unsigned tries = 1;; tries++) {
        /* The last round gets this much time even if it begins near the end. */
        const struct round round = {.conn = conn,
            .repeated = tries > 1,
            .deadline = deadline < now + RETRY_FIRST ? now + RETRY_FIRST : deadline};
        int result = round_run(context, spec, &round, dialed, failure);
        failure->conn = conn;
        failure->tries = spec->retry < 0 ? 0 : tries;
        if (result >= 0 || spec->retry < 0 || !failure_passes(failure)) {
            sink_note(context->sink, NULL);
            return result;
        }
        patience_retry(context->sink, tries, failure);
        now = watch_now(context->watch);
        if (now >= deadline) {
            failure->gave_up = true;
            failure->evidence.waited = failure->elapsed;
            failure->elapsed = clock_now() - began;
            failure->text = "gave up: the time of --retry has passed";
            return -1;
        }
        struct pollfd stop = {.fd = context->stop_fd, .events = POLLIN};
        for (int64_t until = time_earlier(now + delay, deadline); !watch_over(context->watch, until);) {
            int stopped = watch_poll(context, EVENT_CALL, &stop, 1, until);
            if (stopped < 0)
                return failure_fill(failure, PHASE_OTHER, "poll", NULL, 0);
            if (stopped > 0)
                return DIAL_STOPPED;
        }
        delay = time_earlier(delay * 3 / 2, RETRY_MOST);
        now = watch_now(context->watch);
    }
}
