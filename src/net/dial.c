/* plan -> connected descriptor: attempts in turn, or raced as RFC 8305 says. */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "net/call.h"
#include "net/open.h"
#include "net/target.h"

/* The Connection Attempt Delay of RFC 8305, section 5. */
#define ATTEMPT_DELAY (250 * NS_PER_MS)
/* No poll announces that a full backlog of a unix listener has room again. */
#define BACKLOG_DELAY (10 * NS_PER_MS)
#define RETRY_FIRST   (100 * NS_PER_MS)
#define RETRY_MOST    NS_PER_S

struct attempt {
    int fd; /* -1: not under way */
    int64_t began;
};

struct race {
    struct sink *sink;
    const struct spec *spec;
    const struct targets *targets;
    unsigned conn;        /* number of the connection that this is to become */
    struct address local; /* the source that the user asked for; length 0: the kernel's choice */
    int64_t deadline;     /* of all attempts together; INT64_MAX: none */
    bool repeated;        /* a round of --retry after the first: told at a higher level only */
    struct attempt attempts[TARGETS_MAX];
    struct failure *failure; /* of the latest attempt that ended */
    bool asked_again;        /* a unix backlog was full: try this one again on a timer */
};

static bool attempts_shown(const struct race *race)
{
    return race->targets->count > 1 && !race->repeated;
}

/* The end of one address's try. */
static void attempt_report(
    const struct race *race, const struct address *peer, int64_t began, const struct failure *failure)
{
    emit(race->sink, attempts_shown(race) ? EVENT_ATTEMPT : EVENT_ATTEMPT_DETAIL, F_CONN(race->conn),
        F_ADDRESS("peer", peer), failure ? F_ADDRESS("local", &failure->local) : F_NONE,
        F_ERRNO(failure ? failure->error : 0),
        failure ? F_TEXT("text", failure->text) : F_TEXT("outcome", "connected"),
        F_TIME("elapsed", clock_now() - began));
}

static int attempt_fail(struct race *race, size_t index, const char *call)
{
    struct attempt *attempt = &race->attempts[index];
    const struct address *peer = &race->targets->items[index];
    failure_close(race->sink, &attempt->fd, race->failure, PHASE_CONNECT, call, peer, attempt->began);
    race->failure->type = race->spec->type;
    attempt_report(race, peer, attempt->began, race->failure);
    return -1;
}

/* The local address of a datagram socket of the unix family, without which nobody could answer it: autobind, unix(7). */
static struct address autobind_address(void)
{
    struct address address = {.length = sizeof(sa_family_t)};
    address.sa.sa_family = AF_UNIX;
    return address;
}

static struct address source_for(const struct race *race, const struct address *peer)
{
    struct address local = race->local;
    if (local.length == 0 && peer->sa.sa_family == AF_UNIX && race->spec->type == SOCK_DGRAM)
        return autobind_address();
    /* A port alone was asked for: the wildcard of the peer's family. */
    if (local.length && local.sa.sa_family != peer->sa.sa_family && address_is_wildcard(&local)) {
        int port = address_port(&local);
        local = (struct address){.length = peer->length};
        local.sa.sa_family = peer->sa.sa_family;
        address_set_port(&local, port);
    }
    return local;
}

/* The time of a blocking connect is SO_SNDTIMEO's, which ends it with EINPROGRESS; socket(7). */
static void send_timeout_set(struct race *race, int fd)
{
    int64_t left = race->deadline == INT64_MAX ? 0 : race->deadline - clock_now();
    if (race->deadline != INT64_MAX && left <= 0)
        left = NS_PER_MS;
    struct timeval time = {.tv_sec = left / NS_PER_S, .tv_usec = left % NS_PER_S / NS_PER_US};
    char text[64];
    snprintf(text, sizeof(text), "{%lld, %lld}", (long long)time.tv_sec, (long long)time.tv_usec);
    call_setsockopt(
        race->sink, fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time), "SOL_SOCKET", "SO_SNDTIMEO", text);
}

/* connect(2) that waits. The signals that end the program are let through meanwhile, for no loop is there to hear of them
 * otherwise: what they end has nothing to sum up yet. */
static int connect_blocking(struct race *race, int fd, const struct address *peer)
{
    sigset_t stops, before;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    if (race->deadline != INT64_MAX)
        send_timeout_set(race, fd);
    sigprocmask(SIG_UNBLOCK, &stops, &before);
    int result = call_connect(race->sink, fd, peer);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = result < 0 && error == EINPROGRESS ? ETIMEDOUT : error;
    return result;
}

/* Begins one attempt: 1 connected, 0 under way, -1 failed. */
static int attempt_begin(struct race *race, size_t index)
{
    struct attempt *attempt = &race->attempts[index];
    const struct address *peer = &race->targets->items[index];
    struct address local = source_for(race, peer);
    attempt->began = clock_now();
    emit(race->sink, race->repeated ? EVENT_CONNECTING_DETAIL : EVENT_CONNECTING, F_CONN(race->conn),
        F_ADDRESS("peer", peer), F_ADDRESS("local", local.length > sizeof(sa_family_t) ? &local : NULL));
    attempt->fd = socket_open(
        race->sink, race->spec, peer, race->spec->blocking ? 0 : SOCK_NONBLOCK, &local, race->failure);
    if (attempt->fd < 0) {
        attempt_report(race, peer, attempt->began, race->failure);
        return -1;
    }
    int result = race->spec->blocking ? connect_blocking(race, attempt->fd, peer)
                                      : call_connect(race->sink, attempt->fd, peer);
    if (result == 0)
        return 1;
    if (errno == EINPROGRESS)
        return 0;
    if (errno == EAGAIN && peer->sa.sa_family == AF_UNIX) {
        race->asked_again = true;
        return 0;
    }
    return attempt_fail(race, index, "connect");
}

/* An attempt that poll() says has ended: 1 connected, -1 failed. */
static int attempt_finish(struct race *race, size_t index)
{
    int error = call_socket_error(race->sink, race->attempts[index].fd);
    if (error == 0)
        return 1;
    errno = error < 0 ? errno : error;
    return attempt_fail(race, index, "connect");
}

/* A unix connect whose backlog was full, once more: 1 connected, 0 still full, -1 failed. */
static int attempt_again(struct race *race, size_t index)
{
    if (call_connect(race->sink, race->attempts[index].fd, &race->targets->items[index]) == 0)
        return 1;
    return errno == EAGAIN ? 0 : attempt_fail(race, index, "connect");
}

static size_t attempts_pending(const struct race *race, struct pollfd *fds, size_t *indexes)
{
    size_t count = 0;
    for (size_t i = 0; i < race->targets->count; i++) {
        if (race->attempts[i].fd < 0)
            continue;
        indexes[count] = i;
        fds[count++] = (struct pollfd){.fd = race->attempts[i].fd, .events = POLLOUT};
    }
    return count;
}

static void attempts_abandon(struct race *race, bool timed_out)
{
    for (size_t i = 0; i < race->targets->count; i++) {
        if (race->attempts[i].fd < 0)
            continue;
        errno = ETIMEDOUT;
        if (timed_out) {
            attempt_fail(race, i, "connect");
            race->failure->text = "the time of -w is over";
        } else {
            call_close(race->sink, &race->attempts[i].fd);
        }
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Runs the race; the index of the winner, -1 when all have failed, -2 when the user stopped it. */
static int race_run(struct race *race)
{
    struct pollfd fds[TARGETS_MAX + 1];
    size_t indexes[TARGETS_MAX], next = 0, count = race->targets->count;
    bool in_turn = race->spec->blocking || race->spec->type == SOCK_DGRAM || address_port(&race->local) > 0;
    int64_t next_at = 0;
    for (;;) {
        size_t pending = attempts_pending(race, fds, indexes);
        if (pending == 0 && next == count)
            return -1;
        if (next < count && (pending == 0 || (!in_turn && clock_now() >= next_at))) {
            size_t index = next++;
            next_at = clock_now() + ATTEMPT_DELAY;
            if (attempt_begin(race, index) > 0)
                return (int)index;
            continue;
        }
        int64_t now = clock_now(), until = race->deadline;
        if (now >= until) {
            attempts_abandon(race, true);
            return -1;
        }
        if (next < count && !in_turn)
            until = earlier(until, next_at);
        if (race->asked_again) {
            until = earlier(until, now + BACKLOG_DELAY);
            fds[0].events = 0; /* always writable: only its errors count */
        }
        fds[pending] = (struct pollfd){.fd = race->spec->stop_fd, .events = POLLIN};
        int ready = watch_poll(race->spec->watch, race->sink, EVENT_CALL, fds, pending + 1,
            until == INT64_MAX ? -1 : until - now);
        if (ready > 0 && fds[pending].revents) {
            attempts_abandon(race, false);
            return -2;
        }
        for (size_t i = 0; i < pending; i++) {
            int outcome = race->asked_again             ? attempt_again(race, indexes[i])
                          : ready > 0 && fds[i].revents ? attempt_finish(race, indexes[i])
                                                        : 0;
            if (outcome > 0)
                return (int)indexes[i];
        }
    }
}

static int dial_finish(struct race *race, size_t index, int64_t began, struct dialed *dialed)
{
    const struct spec *spec = race->spec;
    struct sink *sink = race->sink;
    dialed->fd = fd_take(&race->attempts[index].fd);
    dialed->peer = race->targets->items[index];
    attempts_abandon(race, false);
    attempt_report(race, &dialed->peer, race->attempts[index].began, NULL);
    call_getsockname(sink, dialed->fd, &dialed->local);
    emit(sink, EVENT_CONNECTED, F_CONN(race->conn), F_ADDRESS("peer", &dialed->peer),
        F_ADDRESS("local", &dialed->local), F_STATE("state", socket_state(dialed->fd)),
        F_TIME("elapsed", clock_now() - began), F_TRUE("self", address_equal(&dialed->peer, &dialed->local)));
    /* All that follows waits with poll: a blocking connect was shown, blocking transfers are not asked for. */
    if (spec->blocking)
        fcntl(dialed->fd, F_SETFL, O_RDWR | O_NONBLOCK);
    if (settings_apply(sink, dialed->fd, &spec->settings, WHEN_AFTER, race->conn, race->failure) < 0 ||
        settings_apply(sink, dialed->fd, &spec->settings, WHEN_CONN, race->conn, race->failure) < 0) {
        call_close(sink, &dialed->fd);
        return -1;
    }
    return 0;
}

/* One round: resolve and race. */
static int dial_once(struct sink *sink, const struct spec *spec, unsigned conn, bool repeated,
    int64_t deadline, struct dialed *dialed, struct failure *failure)
{
    struct targets targets = {.count = 1};
    struct race race = {.sink = sink,
        .spec = spec,
        .targets = &targets,
        .conn = conn,
        .failure = failure,
        .repeated = repeated,
        .deadline = deadline};
    int64_t began = clock_now();
    if (spec->family == AF_UNIX) {
        address_unix(&targets.items[0], spec->path);
        if (spec->source_host)
            address_unix(&race.local, spec->source_host);
    } else {
        struct targets sources;
        if (targets_resolve(sink, spec, spec->host, spec->service, false, &targets, failure) < 0)
            return -1;
        targets_interleave(&targets);
        if (spec->source_host || spec->source_service) {
            struct spec source = *spec;
            /* The source's family follows the peers' where there is a choice. */
            if (source.family == AF_UNSPEC && !spec->source_host)
                source.family = targets.items[0].sa.sa_family;
            const char *service = spec->source_service ? spec->source_service : "0";
            if (targets_resolve(sink, &source, spec->source_host, service, true, &sources, failure) < 0)
                return -1;
            race.local = sources.items[0];
        }
    }
    for (size_t i = 0; i < targets.count; i++)
        race.attempts[i].fd = -1;
    if (spec->connect_timeout >= 0)
        race.deadline = earlier(race.deadline, began + spec->connect_timeout);
    int winner = race_run(&race);
    if (winner >= 0)
        return dial_finish(&race, (size_t)winner, began, dialed);
    return winner == -2 ? DIAL_STOPPED : -1;
}

/* Whether waiting may help. */
static bool failure_passes(const struct failure *failure)
{
    if (failure->phase == PHASE_RESOLVE)
        return failure->eai == EAI_AGAIN;
    switch (failure->phase == PHASE_CONNECT ? failure->error : 0) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ETIMEDOUT:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENOENT:
    case EAGAIN: return true;
    default: return false;
    }
}

int dial(
    struct sink *sink, const struct spec *spec, unsigned conn, struct dialed *dialed, struct failure *failure)
{
    int64_t began = clock_now(), delay = RETRY_FIRST;
    int64_t deadline = spec->retry < 0 ? INT64_MAX : began + spec->retry;
    for (bool repeated = false;; repeated = true) {
        int result = dial_once(sink, spec, conn, repeated, deadline, dialed, failure);
        failure->conn = conn;
        if (result >= 0 || spec->retry < 0 || !failure_passes(failure))
            return result;
        int64_t now = clock_now();
        if (now + delay >= deadline) {
            failure->gave_up = true;
            failure->elapsed = now - began;
            failure->text = "gave up after the time of --retry";
            return -1;
        }
        struct pollfd stop = {.fd = spec->stop_fd, .events = POLLIN};
        if (call_poll(sink, EVENT_CALL, &stop, 1, delay) > 0)
            return DIAL_STOPPED;
        delay = earlier(delay * 3 / 2, RETRY_MOST);
    }
}
