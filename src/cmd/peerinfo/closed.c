/* SPDX-License-Identifier: ISC */
/* peerinfo --closed: reports each connection of this network namespace as it ends, by what the kernel sends
 * when it frees the socket. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/peerinfo.h"
#include "cmd/session.h"
#include "cmd/stop.h"
#include "kernel/names.h"
#include "kernel/sockdiag/ended.h"
#include "kernel/sockdiag/seen.h"

/* The processes are looked at this often, and for no more than this part of the time. */
#define LOOK_INTERVAL NS_PER_S
#define LOOK_SHARE    20

struct closed {
    const struct peerinfo_options *options;
    struct sink *sink;
    struct watch_item messages, looks;
    struct seen seen;
    uint64_t count, unseen, sent, received, lost;
    int64_t drops; /* messages that the kernel could not deliver, as it counts them */
    int error;
    bool over;
};

static const char *const ended_texts[] = {
    [ENDED_TIME_WAIT] = "orderly, TIME_WAIT here",
    [ENDED_FIN_WAIT2] = "closed here, waits for the peer's FIN",
    [ENDED_PEER_FIRST] = "orderly, the peer closed first",
    [ENDED_RESET] = "reset",
    [ENDED_UNANSWERED] = "gave up or was reset",
    [ENDED_NEVER_CONNECTED] = "never connected",
    [ENDED_DISCONNECTED] = "aborted here (SO_LINGER 0, or connect to AF_UNSPEC)",
};

/* A connection that has ended. */
struct gone {
    struct sockdiag_socket socket;  /* with the addresses, owner and inode of the last look */
    const struct seen_socket *seen; /* NULL: never */
    enum ended how;                 /* if the socket alone does not say it */
};

/* tcpi_bytes_received counts the peer's FIN. It is known to have come if no data did, or if both ends sent
 * one. */
static uint64_t received_bytes(const struct sockdiag_socket *socket, enum ended how)
{
    const struct tcp_info_full *info = &socket->tcpinfo.is;
    if (info->tcpi_bytes_received == 0 || info->tcpi_data_segs_in == 0)
        return 0;
    return info->tcpi_bytes_received - (how == ENDED_TIME_WAIT || how == ENDED_PEER_FIRST);
}

static void gone_emit(struct closed *closed, const struct gone *gone)
{
    const struct sockdiag_socket *socket = &gone->socket;
    const struct seen_socket *seen = gone->seen;
    const struct ended_left left = ended_left_of(socket, seen);
    const enum ended how = gone->how != ENDED_UNKNOWN ? gone->how : ended_how(socket, seen, left);
    const struct tcp_info_full *info =
        socket->tcpinfo.length > 0 && how != ENDED_DISCONNECTED ? &socket->tcpinfo.is : NULL;
    const uint64_t received = info ? received_bytes(socket, how) : 0;
    bool is_held = seen && seen->holders > 0;
    char user[64] = "";
    if (is_held && !procfs_user(seen->uid, user, sizeof(user)))
        snprintf(user, sizeof(user), "%u", seen->uid);
    closed->count++;
    closed->unseen += !is_held;
    closed->sent += info ? info->tcpi_bytes_sent : 0;
    closed->received += received;
    emit(closed->sink, EVENT_ENDED, F_NAME("protocol", names_protocol, socket->protocol),
        F_ADDRESS("local", &socket->local), F_ADDRESS("peer", &socket->peer),
        info ? F_COUNT("bytes_sent", info->tcpi_bytes_sent) : F_NONE,
        info ? F_COUNT("bytes_retrans", info->tcpi_bytes_retrans) : F_NONE,
        info ? F_COUNT("bytes_received", received) : F_NONE,
        info ? F_INT("segs_out", info->tcpi_segs_out) : F_NONE,
        info ? F_INT("segs_in", info->tcpi_segs_in) : F_NONE,
        info && info->tcpi_rtt ? F_TIME_FINE("rtt", info->tcpi_rtt * NS_PER_US) : F_NONE,
        info && info->tcpi_retransmits ? F_INT("retransmits", info->tcpi_retransmits) : F_NONE,
        info && info->tcpi_unacked ? F_INT("unacked", info->tcpi_unacked) : F_NONE,
        info && info->tcpi_probes ? F_INT("probes", info->tcpi_probes) : F_NONE,
        info ? F_SIZE("receive_queue", socket->receive_queue) : F_NONE,
        info ? F_SIZE("send_queue", socket->send_queue) : F_NONE,
        how ? F_NAME("end", names_ended, how) : F_NONE, F_TEXT("text", ended_texts[how]),
        F_STATE("last_state", seen ? seen->state : -1), is_held ? F_INT("pid", seen->pid) : F_NONE,
        is_held ? F_FOREIGN("program", seen->program) : F_NONE,
        is_held && seen->holders > 1 ? F_INT("others", (int64_t)seen->holders - 1) : F_NONE,
        is_held ? F_INT("uid", seen->uid) : F_NONE, is_held ? F_FOREIGN("user", user) : F_NONE,
        F_COUNT("cookie", socket->cookie), is_held ? F_NONE : F_TEXT("note", "process not seen"));
}

/* Its state says nothing any more, and its holder is the one that was seen. */
static bool is_wanted(const struct closed *closed, const struct gone *gone)
{
    const struct socket_filter *filter = &closed->options->filter;
    const struct seen_socket *seen = gone->seen;
    if (!filter_wants_in_any_state(filter, &gone->socket))
        return false;
    if (!filter_needs_holder(filter))
        return true;
    struct procfs_holder holder = {.pid = seen ? seen->pid : 0};
    if (!seen || seen->holders == 0)
        return false;
    memcpy(holder.program, seen->program, sizeof(holder.program));
    return filter_wants_holder(filter, &holder, 1);
}

static int ended_visit(const struct sockdiag_socket *socket, void *data)
{
    struct closed *closed = data;
    struct gone gone = {.socket = *socket, .seen = seen_find(&closed->seen, socket->cookie)};
    if (gone.seen) {
        gone.socket.uid = gone.seen->uid;
        gone.socket.inode = gone.seen->inode;
    }
    /* A disconnected socket has lost its addresses. */
    if (socket->peer.length == 0 && gone.seen && gone.seen->peer.length > 0) {
        gone.how = ended_how(socket, gone.seen, (struct ended_left){.here = 0});
        gone.socket.local = gone.seen->local;
        gone.socket.peer = gone.seen->peer;
    }
    /* A listener, or a socket that never had a peer, is not a connection. */
    if (gone.socket.peer.length == 0 || closed->over || !is_wanted(closed, &gone))
        return 0;
    gone_emit(closed, &gone);
    closed->over = closed->options->count > 0 && closed->count >= (uint64_t)closed->options->count;
    return 0;
}

static void lost_emit(struct closed *closed)
{
    int64_t drops = socket_drops(closed->messages.fd), lost = drops - closed->drops;
    if (drops < 0)
        lost = -1;
    closed->drops = drops < 0 ? closed->drops : drops;
    closed->lost += lost > 0 ? (uint64_t)lost : 0;
    emit(closed->sink, EVENT_WARNING, F_WARNING(MESSAGES_LOST),
        F_TEXT("text", "the kernel sent faster than could be read: some connections are not shown"),
        lost >= 0 ? F_INT("count", lost) : F_NONE);
}

static void messages_take(struct closed *closed)
{
    unsigned tries = 0;
    while (sockdiag_destroy_read(closed->messages.fd, ended_visit, closed) < 0) {
        if (errno != ENOBUFS || ++tries > 1000) {
            closed->error = errno;
            closed->over = true;
            return;
        }
        lost_emit(closed);
    }
}

static void look(struct closed *closed)
{
    int64_t began = clock_now();
    seen_look(&closed->seen);
    int64_t now = clock_now(), pause = (now - began) * LOOK_SHARE;
    closed->looks.due = now + (pause > LOOK_INTERVAL ? pause : LOOK_INTERVAL);
}

static void messages_serve(struct watch_item *item)
{
    messages_take(item->owner);
}

static void looks_serve(struct watch_item *item)
{
    look(item->owner);
}

static void totals_emit(const struct closed *closed, int64_t began)
{
    emit(closed->sink, EVENT_ENDED_TOTAL, F_COUNT("connections", closed->count),
        F_COUNT("unseen", closed->unseen), F_COUNT("bytes_sent", closed->sent),
        F_COUNT("bytes_received", closed->received), F_COUNT("lost", closed->lost),
        F_TIME("elapsed", clock_now() - began));
}

int until_over(const struct context *context, const bool *over, int64_t limit)
{
    struct pollfd stop = {.fd = context->stop_fd, .events = POLLIN};
    int64_t until = limit < 0 ? INT64_MAX : watch_now(context->watch) + limit;
    while (!*over && !context->sink->error && !watch_over(context->watch, until)) {
        int ready = watch_poll(context, EVENT_DATA_CALL, &stop, 1, until);
        if (ready > 0)
            return stop_status(context);
        if (ready < 0)
            return call_finish(context->sink, "poll");
    }
    return EXIT_DONE;
}

int closed_run(const struct peerinfo_options *options, struct sink *sink)
{
    struct closed closed = {.options = options, .sink = sink};
    struct session session;
    int64_t began = clock_now();
    terminal_fold(sink);
    cleanup_fd int fd = sockdiag_destroy_open(
        options->filter.tcp || !options->filter.udp, options->filter.udp || !options->filter.tcp);
    if (fd < 0) {
        return question_call_finish(sink, "sock_diag");
    }
    int status = session_begin(&session, sink, &spec_defaults);
    if (status != EXIT_DONE)
        return status;
    closed.messages =
        (struct watch_item){.fd = fd, .due = INT64_MAX, .serve = messages_serve, .owner = &closed};
    closed.looks = (struct watch_item){.fd = -1, .serve = looks_serve, .owner = &closed};
    look(&closed);
    watch_add(session.context.watch, &closed.messages);
    watch_add(session.context.watch, &closed.looks);
    status = until_over(&session.context, &closed.over, options->timeout);
    watch_remove(session.context.watch, &closed.messages);
    watch_remove(session.context.watch, &closed.looks);
    errno = closed.error;
    if (closed.error)
        status = question_call_finish(sink, "sock_diag");
    totals_emit(&closed, began);
    seen_free(&closed.seen);
    session_end(&session);
    return status;
}
