/* SPDX-License-Identifier: ISC */
/* --follow: asks the kernel's list of sockets for each connection by its addresses and cookie. */
#include "net/watch/follow.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "net/watch/states.h"
#include "call/observe.h"

/* After an action, look for changes soon, then less and less often. */
#define DELAY_FIRST  (NS_PER_MS / 2)
#define DELAY_MOST   (100 * NS_PER_MS)
/* The kernel's message that a socket was destroyed may arrive after the socket has vanished, or be lost. */
#define DESTROY_MOST (500 * NS_PER_MS)

/* The time left in the state, if only a timer keeps it. */
static int64_t time_left(const struct sockdiag_socket *socket)
{
    bool ends =
        socket->state == TCP_TIME_WAIT || (socket->state == TCP_FIN_WAIT2 && !sockdiag_is_owned(socket));
    return ends && socket->expires > 0 ? socket->expires : -1;
}

static void state_emit(struct follow *follow, struct followed *followed, int state, int64_t left)
{
    bool same = followed->state == state;
    if (same && (left < 0 || followed->ends))
        return;
    emit(follow->sink, EVENT_STATE, F_CONN(followed->conn), F_ADDRESS("local", &followed->local),
        F_ADDRESS("peer", &followed->peer), same ? F_NONE : state_seen(followed->state, state),
        same ? F_NONE : state_previous(followed->state, state), F_STATE("state", state),
        F_TIME("expires", left));
    followed->state = state;
    followed->fin |= state_has_fin(state);
    followed->ends = left >= 0;
}

/* Looks at one connection; false if it can be forgotten. */
static bool followed_look(struct follow *follow, struct followed *followed)
{
    struct sockdiag_socket found;
    int64_t now = clock_now();
    if (followed->gone_at == 0) {
        int there = sockdiag_lookup(IPPROTO_TCP, &followed->local, &followed->peer, followed->cookie, &found);
        if (there > 0)
            state_emit(follow, followed, found.state, time_left(&found));
        if (there < 0)
            emit(follow->sink, EVENT_WARNING, F_CONN(followed->conn), F_WARNING(FOLLOW_IMPOSSIBLE),
                F_TEXT("text", "cannot follow: the kernel's list of sockets (sock_diag) cannot be read"),
                F_ERRNO(errno));
        if (there != 0)
            return there > 0;
        state_emit(follow, followed, TCP_CLOSE, -1);
        followed->gone_at = now;
    }
    return !followed->destroyed && follow->item.fd >= 0 && now < followed->gone_at + DESTROY_MOST;
}

/* TIME_WAIT begins when the socket is destroyed. */
static bool fin_received(const struct followed *followed)
{
    struct sockdiag_socket found;
    return followed->fin ||
           (sockdiag_lookup(IPPROTO_TCP, &followed->local, &followed->peer, followed->cookie, &found) > 0 &&
               state_has_fin(found.state));
}

static int destroyed_visit(const struct sockdiag_socket *socket, void *data)
{
    struct follow *follow = data;
    const struct tcp_info_full *info = &socket->tcpinfo.is;
    for (size_t i = 0; i < follow->count; i++) {
        struct followed *followed = &follow->connections[i];
        if (followed->cookie != socket->cookie || followed->destroyed)
            continue;
        followed->destroyed = true;
        uint64_t received = info->tcpi_bytes_received;
        received -= received > 0 && fin_received(followed);
        emit(follow->sink, EVENT_DESTROYED, F_CONN(followed->conn), F_ADDRESS("local", &followed->local),
            F_ADDRESS("peer", &followed->peer), F_COUNT("bytes_sent", info->tcpi_bytes_sent),
            F_COUNT("bytes_retrans", info->tcpi_bytes_retrans), F_COUNT("bytes_received", received),
            F_INT("segs_out", info->tcpi_segs_out), F_INT("segs_in", info->tcpi_segs_in),
            info->tcpi_rtt ? F_TIME("rtt", info->tcpi_rtt * NS_PER_US) : F_NONE);
    }
    return 0;
}

static void follow_look(struct follow *follow)
{
    size_t kept = 0;
    for (size_t i = 0; i < follow->count; i++)
        if (followed_look(follow, &follow->connections[i]))
            follow->connections[kept++] = follow->connections[i];
    follow->count = kept;
    follow->item.due = kept ? clock_now() + follow->delay : INT64_MAX;
}

static void follow_serve(struct watch_item *item)
{
    struct follow *follow = item->owner;
    if (item->fd >= 0)
        sockdiag_destroy_read(item->fd, destroyed_visit, follow);
    follow->delay = 2 * follow->delay < DELAY_MOST ? 2 * follow->delay : DELAY_MOST;
    follow_look(follow);
}

void follow_begin(struct follow *follow, const struct context *context)
{
    *follow = (struct follow){.watch = context->watch, .sink = context->sink, .delay = DELAY_FIRST};
    follow->item = (struct watch_item){
        .fd = sockdiag_destroy_open(true, false), .due = INT64_MAX, .serve = follow_serve, .owner = follow};
    watch_add(context->watch, &follow->item);
}

int follow_add(struct follow *follow, const struct connection *connection)
{
    struct followed *connections = array_room(follow->connections, follow->count, sizeof(*connections));
    if (!connections)
        return -1;
    follow->connections = connections;
    follow->connections[follow->count++] = (struct followed){.cookie = socket_cookie(connection->fd),
        .conn = connection->conn,
        .local = connection->local,
        .peer = connection->peer,
        .state = socket_state(connection->fd)};
    follow->delay = DELAY_FIRST;
    follow->item.due = clock_now() + follow->delay;
    return 0;
}

void follow_eof(struct follow *follow, unsigned conn)
{
    for (size_t i = 0; i < follow->count; i++)
        follow->connections[i].fin |= follow->connections[i].conn == conn;
}

void follow_nudge(struct follow *follow)
{
    follow->delay = DELAY_FIRST;
    follow_look(follow);
}

bool follow_busy(const struct follow *follow)
{
    return follow->count > 0;
}

void follow_end(struct follow *follow)
{
    if (!follow->watch)
        return;
    watch_remove(follow->watch, &follow->item);
    if (follow->item.fd >= 0)
        close(follow->item.fd);
    free(follow->connections);
    *follow = (struct follow){.watch = NULL};
}
