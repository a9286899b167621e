/* SPDX-License-Identifier: ISC */
/* Connecting to the addresses of a name: in turn, or raced as RFC 8305 says. */
#include "net/connect/race.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "net/connect/again.h"
#include "net/connect/group.h"
#include "net/connect/patience.h"
#include "net/socket/evidence.h"
#include "net/socket/deferred.h"
#include "net/socket/handshake.h"
#include "net/socket/itself.h"
#include "net/socket/open.h"
#include "net/socket/recverr.h"
#include "net/watch/moved.h"
#include "net/watch/wire-watch.h"

/* The Connection Attempt Delay of RFC 8305, section 5. */
#define ATTEMPT_DELAY (250 * NS_PER_MS)
/* poll() does not report that a full backlog of a unix listener has room again. */
#define BACKLOG_DELAY (10 * NS_PER_MS)

/* Reports how the attempt at one address ended. */
static void attempt_emit(
    const struct race *race, size_t index, const char *outcome, const struct failure *failure)
{
    bool shown = race->targets->count > 1 && !race->repeated;
    emit_at(race->sink, shown ? LEVEL_LIFE : LEVEL_JSON_ONLY, EVENT_ATTEMPT, F_CONN(race->conn),
        F_ADDRESS("peer", &race->targets->items[index]),
        failure ? F_ADDRESS("local", failure_own_end(failure)) : F_NONE,
        F_ERRNO(failure ? failure->error : 0), F_TEXT("text", failure ? failure->text : NULL),
        F_TEXT("outcome", outcome),
        F_TIME("elapsed", failure ? failure_elapsed(failure) : clock_now() - race->attempts[index].began));
}

/* If several attempts fail, the verdict is the one whose class comes first. */
static int failure_note(struct race *race, size_t index, const struct failure *failure)
{
    attempt_emit(race, index, NULL, failure);
    if (race->failure->phase == PHASE_NONE || failure_class(failure) < failure_class(race->failure))
        *race->failure = *failure;
    return -1;
}

/* Closes the attempt's socket; errno is the reason. */
static int attempt_fail(struct race *race, size_t index)
{
    struct failure failure;
    struct attempt *attempt = &race->attempts[index];
    bool late = errno == ETIMEDOUT && watch_now(race->context->watch) >= race->deadline;
    failure_fill(&failure, PHASE_CONNECT, "connect", &race->targets->items[index], attempt->began);
    failure_close(race->sink, &attempt->fd, &failure);
    failure.evidence.type = race->spec->type;
    moved_note(race->context, &failure);
    failure.text = late ? "the time limit has passed" : failure.evidence.itself ? ITSELF_TEXT : NULL;
    return failure_note(race, index, &failure);
}

/* A blocking connect is limited by SO_SNDTIMEO, which ends it with EINPROGRESS; socket(7). */
static void send_timeout_set(struct race *race, int fd)
{
    int64_t left = race->deadline - watch_now(race->context->watch);
    /* 0 would be no limit. */
    if (left < NS_PER_MS)
        left = NS_PER_MS;
    struct timeval time = {.tv_sec = left / NS_PER_S, .tv_usec = left % NS_PER_S / NS_PER_US};
    char text[64];
    snprintf(text, sizeof(text), "{%lld, %lld}", (long long)time.tv_sec, (long long)time.tv_usec);
    CALL_SETSOCKOPT(race->sink, fd, SOL_SOCKET, SO_SNDTIMEO, time, text);
}

/* Finds the result of a blocking connect(2) that returned without one: its time was over, or a signal
 * interrupted it, which does not stop the connecting. 0, or -1 with errno. */
static int blocking_finish(struct race *race, int fd)
{
    struct watch_list *watch = race->context->watch;
    struct pollfd fds = {.fd = fd, .events = POLLOUT};
    while (!fds.revents && !watch_over(watch, race->deadline))
        if (watch_poll(race->context, EVENT_CALL, &fds, 1, race->deadline) < 0)
            return -1;
    int error = fds.revents ? handshake_end(race->sink, fd, race->conn) : ETIMEDOUT;
    errno = error;
    return error ? -1 : 0;
}

/* A connect(2) that blocks. */
static int connect_blocking(struct race *race, int fd, const struct address *peer)
{
    sigset_t before;
    if (race->deadline != INT64_MAX)
        send_timeout_set(race, fd);
    stops_let_through(&before);
    int result = call_connect(race->sink, fd, peer);
    watch_waited(race->context->watch);
    if (result < 0 && (errno == EINPROGRESS || errno == EINTR))
        result = blocking_finish(race, fd);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return result;
}

/* Ends a connect that succeeded: 1, or -1 if the kernel made the socket its own peer. */
static int attempt_succeed(struct race *race, size_t index)
{
    bool chosen = race->sources->count && address_port(&race->sources->items[0]) > 0;
    if (!chosen && itself_refused(race->sink, race->attempts[index].fd, &race->targets->items[index]))
        return attempt_fail(race, index);
    race->attempts[index].timing =
        timing_of(race->attempts[index].fd, race->attempts[index].began, clock_now());
    recverr_leave(race->sink, race->attempts[index].fd, &race->targets->items[index], &race->spec->settings);
    return 1;
}

/* Opens a socket that sends to many hosts. It is bound at once: the port to answer to is then known. */
static int group_open(struct race *race, size_t index, struct address *local)
{
    struct attempt *attempt = &race->attempts[index];
    const struct address *peer = &race->targets->items[index];
    struct failure failure;
    if (local->length == 0) {
        local->sa.sa_family = peer->sa.sa_family;
        local->length = peer->length;
    }
    attempt->fd = socket_open(race->sink, race->spec, peer, SOCK_NONBLOCK, local, race->conn, &failure);
    return attempt->fd < 0 ? failure_note(race, index, &failure) : 1;
}

/* Starts one attempt: 1 connected, 0 under way, -1 failed. */
static int attempt_begin(struct race *race, size_t index)
{
    const struct spec *spec = race->spec;
    struct attempt *attempt = &race->attempts[index];
    const struct address *peer = &race->targets->items[index];
    struct address local = target_source(spec, race->sources, peer);
    struct failure failure;
    attempt->began = clock_now();
    attempt->group = group_type(spec, peer);
    if (attempt->group)
        return group_open(race, index, &local);
    emit_at(race->sink, race->repeated ? LEVEL_CALLS : LEVEL_LIFE, EVENT_CONNECTING, F_CONN(race->conn),
        F_ADDRESS("peer", peer), F_ADDRESS("local", local.length > sizeof(sa_family_t) ? &local : NULL));
    attempt->fd =
        socket_open(race->sink, spec, peer, spec->blocking ? 0 : SOCK_NONBLOCK, &local, race->conn, &failure);
    if (attempt->fd < 0)
        return failure_note(race, index, &failure);
    unix_path_note(&race->path, &local);
    recverr_ask(race->sink, attempt->fd, peer, &spec->settings);
    int result = spec->blocking ? connect_blocking(race, attempt->fd, peer)
                                : call_connect(race->sink, attempt->fd, peer);
    wire_watch_add(race->context->wires, race->conn, attempt->fd, peer);
    if (result == 0 && !spec->deferrable && deferred_connect(&spec->settings, attempt->fd))
        result = deferred_begin(race->sink, attempt->fd);
    if (result == 0)
        return attempt_succeed(race, index);
    race->backlog_full = errno == EAGAIN && peer->sa.sa_family == AF_UNIX;
    if (race->backlog_full && spec->blocking)
        errno = ETIMEDOUT; /* SO_SNDTIMEO expired */
    else if (race->backlog_full)
        return 0;
    else if (errno == EINPROGRESS)
        result = spec->connect_again ? again_pending(race->sink, attempt->fd, race->conn, peer) : 0;
    return result < 0 ? attempt_fail(race, index) : result > 0 ? attempt_succeed(race, index) : 0;
}

/* Ends an attempt that poll() reported: 1 connected, -1 failed. */
static int attempt_finish(struct race *race, size_t index)
{
    int error = handshake_end(race->sink, race->attempts[index].fd, race->conn);
    if (error == 0)
        return attempt_succeed(race, index);
    errno = error;
    return attempt_fail(race, index);
}

/* Retries a unix connect whose backlog was full: 1 connected, 0 still full, -1 failed. */
static int attempt_again(struct race *race, size_t index)
{
    if (call_connect(race->sink, race->attempts[index].fd, &race->targets->items[index]) == 0)
        return attempt_succeed(race, index);
    return errno == EAGAIN ? 0 : attempt_fail(race, index);
}

static size_t attempts_pending(const struct race *race, struct pollfd *fds, size_t *indexes)
{
    size_t count = 0;
    for (size_t i = 0; i < race->targets->count; i++) {
        if (race->attempts[i].fd < 0)
            continue;
        indexes[count] = i;
        /* poll() reports POLLHUP continuously for a unix socket waiting for backlog room. */
        fds[count++] =
            (struct pollfd){.fd = race->backlog_full ? -1 : race->attempts[i].fd, .events = POLLOUT};
    }
    return count;
}

/* Closes all attempts but the winner's; -1 if there is none because the time is over. */
static void attempts_abandon(struct race *race, int winner)
{
    for (size_t i = 0; i < race->targets->count; i++) {
        if (race->attempts[i].fd < 0 || (int)i == winner)
            continue;
        errno = ETIMEDOUT;
        if (winner < 0) {
            attempt_fail(race, i);
        } else {
            call_close(race->sink, &race->attempts[i].fd);
            attempt_emit(race, i, "abandoned", NULL);
        }
    }
}

static void attempts_close(struct race *race)
{
    for (size_t i = 0; i < race->targets->count; i++)
        call_close(race->sink, &race->attempts[i].fd);
}

/* The user stopped the waiting: the verdict is that of a time limit that ended now. */
static void attempts_stop(struct race *race)
{
    for (size_t i = 0; i < race->targets->count; i++) {
        if (race->attempts[i].fd < 0)
            continue;
        errno = ETIMEDOUT;
        attempt_fail(race, i);
    }
    race->failure->text = "stopped";
}

static int race_won(struct race *race, size_t index)
{
    const struct attempt *attempt = &race->attempts[index];
    const char *outcome = attempt->group                                         ? "unconnected"
                          : deferred_connect(&race->spec->settings, attempt->fd) ? "deferred"
                                                                                 : "connected";
    attempt_emit(race, index, outcome, NULL);
    attempts_abandon(race, (int)index);
    return (int)index;
}

/* Waits for an attempt until the given time and handles those that ended: the index of a winner, -1 if there
 * is none yet, RACE_STOPPED or RACE_BROKEN. */
static int race_wait(
    struct race *race, struct pollfd *fds, const size_t *indexes, size_t pending, int64_t until)
{
    if (race->backlog_full)
        until = time_earlier(until, watch_now(race->context->watch) + BACKLOG_DELAY);
    fds[pending] = (struct pollfd){.fd = race->context->stop_fd, .events = POLLIN};
    int ready = watch_poll(race->context, EVENT_CALL, fds, pending + 1, until);
    if (ready < 0)
        failure_fill(race->failure, PHASE_OTHER, "poll", &race->targets->items[indexes[0]], 0);
    if (ready < 0) {
        attempts_close(race);
        return RACE_BROKEN;
    }
    if (fds[pending].revents) {
        attempts_stop(race);
        return RACE_STOPPED;
    }
    for (size_t i = 0; i < pending; i++) {
        int outcome = race->backlog_full            ? attempt_again(race, indexes[i])
                      : ready > 0 && fds[i].revents ? attempt_finish(race, indexes[i])
                                                    : 0;
        if (outcome > 0)
            return race_won(race, indexes[i]);
    }
    return -1;
}

/* With none under way there is nothing to look at. */
static bool race_is_late(const struct race *race, size_t pending)
{
    struct watch_list *watch = race->context->watch;
    return pending ? watch_over(watch, race->deadline) : watch_now(watch) >= race->deadline;
}

static int attempts_run(struct race *race)
{
    struct watch_list *watch = race->context->watch;
    size_t next = 0, count = race->targets->count;
    cleanup_free struct pollfd *fds = calloc(count + 1, sizeof(*fds));
    cleanup_free size_t *indexes = calloc(count, sizeof(*indexes));
    /* Two addresses at once would collide on a fixed source port; a datagram socket connects immediately. */
    bool in_turn = race->spec->blocking || race->spec->type == SOCK_DGRAM ||
                   (race->sources->count && address_port(&race->sources->items[0]) > 0);
    int64_t next_at = 0;
    if (!fds || !indexes)
        return failure_fill(race->failure, PHASE_OTHER, "calloc", NULL, 0);
    for (size_t i = 0; i < count; i++)
        race->attempts[i].fd = -1;
    for (;;) {
        size_t pending = attempts_pending(race, fds, indexes);
        bool late = next > 0 && race_is_late(race, pending);
        if (pending == 0 && (next == count || late))
            return -1;
        if (late) {
            attempts_abandon(race, -1);
            return -1;
        }
        if (next < count && (pending == 0 || (!in_turn && watch_now(watch) >= next_at))) {
            next_at = watch_now(watch) + ATTEMPT_DELAY;
            if (attempt_begin(race, next++) > 0)
                return race_won(race, next - 1);
            continue;
        }
        bool more = next < count && !in_turn;
        int winner = race_wait(
            race, fds, indexes, pending, more ? time_earlier(race->deadline, next_at) : race->deadline);
        if (winner != -1)
            return winner;
    }
}

int race_run(struct race *race)
{
    struct patience patience;
    patience_begin(&patience, race);
    if (race->spec->family != AF_UNIX)
        moved_wait(race->context, address_port(&race->targets->items[0]));
    int winner = attempts_run(race);
    moved_wait_end(race->context);
    patience_end(&patience);
    return winner;
}
