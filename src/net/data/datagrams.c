/* SPDX-License-Identifier: ISC */
/* Datagrams between a socket and stdin/stdout: keeps their boundaries and reports every new peer. */
#include "net/data/datagrams.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/passes.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/socket/errors.h"
#include "net/data/exchange.h"
#include "net/socket/closed.h"
#include "net/watch/moved.h"

enum { SOCKET, INPUT, OUTPUT, STOP, WAITS };

static void datagram_emit(
    struct exchange *exchange, unsigned conn, const struct address *from, ssize_t real, size_t held, bool cut)
{
    bool truncated = cut || (size_t)real > held;
    emit(exchange->sink, EVENT_DATAGRAM, F_CONN(conn), F_ADDRESS("peer", from),
        F_INT("length", (int64_t)held), F_INT("real_length", real), F_BOOL("truncated", truncated),
        F_BYTES("bytes", exchange->received, held));
    if (truncated)
        emit(exchange->sink, EVENT_WARNING, F_CONN(conn), F_WARNING(DATAGRAM_TRUNCATED),
            F_TEXT("text", "a datagram was longer than --chunk: the rest is lost"), F_ADDRESS("peer", from),
            F_INT("length", (int64_t)held), F_INT("real_length", real));
    exchange_dump(exchange, conn, "received", from, exchange->received, held);
}

static void datagram_pass(struct exchange *exchange, size_t held)
{
    const struct relay_plan *plan = exchange->plan;
    if (plan->io == IO_ECHO) {
        pending_set(exchange, exchange->received, held);
    } else if (plan->io == IO_STDIO) {
        int result = output_put(
            exchange->sink, &exchange->output, exchange->context->stop_fd, exchange->received, held);
        if (result < 0)
            exchange_fail(exchange, PHASE_OUTPUT, exchange->output.call, "stdout");
        if (result)
            exchange->over = true;
        if (result > 0)
            exchange->signal = result;
    }
}

static ssize_t received_take(struct exchange *exchange, struct received *received)
{
    const struct datagrams *datagrams = exchange->datagrams;
    const int flags = MSG_TRUNC | MSG_DONTWAIT;
    size_t size = exchange->plan->receive_size;
    if (exchange->message)
        return message_receive(exchange->message, exchange->received, received);
    if (!datagrams->client && pktinfo_matters(&datagrams->local))
        return pktinfo_receive(exchange->sink, datagrams->fd, exchange->received, size, flags,
            &received->from, &received->pktinfo);
    return call_recvfrom(exchange->sink, datagrams->fd, exchange->received, size, flags, &received->from);
}

/* Answers go to the last sender, in the form that the socket uses. */
static void answer_prepare(struct datagrams *datagrams, const struct received *received)
{
    datagrams->peer = received->from;
    datagrams->pktinfo = received->pktinfo;
}

/* The address that the peer sent to, as far as it is known. */
static struct address asked_address(const struct datagrams *datagrams, const struct pktinfo *pktinfo)
{
    struct address asked = pktinfo->local;
    if (asked.length == 0 || address_is_wildcard(&asked))
        return datagrams->local;
    address_set_port(&asked, address_port(&datagrams->local));
    return asked;
}

static void datagram_receive(struct exchange *exchange)
{
    struct datagrams *datagrams = exchange->datagrams;
    struct received received = {.cut = false};
    struct address from;
    const struct relay_plan *plan = exchange->plan;
    ssize_t real = received_take(exchange, &received);
    if (real < 0 && passes(&exchange->receive_tries)) {
        /* POLLERR may only announce a timestamp. */
        if (errors_take(exchange->sink, datagrams->fd, datagrams->connected, true, NULL,
                exchange->context->stamps) > 0)
            exchange->receive_tries = 0;
        return;
    }
    exchange->receive_tries = 0;
    if (real < 0) {
        bool is_doubtful = is_rejection(exchange, errno);
        exchange_fail(
            exchange, PHASE_DATAGRAM, plan->message ? message_receive_name(plan->message) : "recvfrom", NULL);
        if (is_doubtful)
            rejection_note(exchange);
        return;
    }
    from = received.from;
    size_t held = (size_t)real < plan->receive_size ? (size_t)real : plan->receive_size;
    if (datagrams->connected)
        from = datagrams->peer;
    else if (!datagrams->client && from.length)
        answer_prepare(datagrams, &received);
    else if (!datagrams->client)
        exchange->unanswerable = true;
    address_unmap(&from);
    struct address asked = asked_address(datagrams, &received.pktinfo);
    if (!received.conn)
        received.conn = peers_number(&exchange->peers, &from, &received.fresh);
    if (received.fresh && from.length && !datagrams->connected)
        emit(exchange->sink, EVENT_PEER, F_CONN(received.conn), F_ADDRESS("peer", &from),
            F_ADDRESS("local", &asked));
    exchange->active = watch_now(exchange->context->watch);
    times_received(&datagrams->times);
    datagrams->received += held;
    if (exchange->context->totals)
        exchange->context->totals->received += held;
    datagram_emit(exchange, received.conn, &from, real, held, received.cut);
    datagram_pass(exchange, held);
    if (++exchange->receives == plan->receives)
        exchange->over = true;
}

/* Whether something new may be sent now. */
static bool send_wanted(const struct exchange *exchange, int64_t now)
{
    const struct relay_plan *plan = exchange->plan;
    if (exchange->pending || exchange->input_ended || exchange->datagrams->peer.length == 0 ||
        now < exchange->gap_until)
        return false;
    return plan->io == IO_SOURCE || (plan->io == IO_STDIO && plan->input >= 0);
}

/* stdin has ended and all is sent: a client then waits for answers, a listener only with -q. A listener whose
 * senders have no name can answer none of them, and reads no stdin. */
static bool answers_awaited(const struct exchange *exchange)
{
    if (exchange->unanswerable && exchange->datagrams->peer.length == 0)
        return exchange->plan->quit_after >= 0;
    return exchange->input_ended && !exchange->pending &&
           (exchange->datagrams->client || exchange->plan->quit_after >= 0);
}

/* When the exchange ends if nothing happens; INT64_MAX: never. */
static int64_t end_time(const struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    int64_t end = plan->idle_timeout < 0 ? INT64_MAX : exchange->active + plan->idle_timeout;
    if (exchange->doubted_until)
        return exchange->doubted_until;
    if (!answers_awaited(exchange))
        return end;
    if (exchange->rejected)
        return exchange->active;
    int64_t answer = exchange->active + (plan->quit_after >= 0 ? plan->quit_after : ANSWER_TIME);
    return time_earlier(answer, end);
}

/* Nothing came for as long as the user wanted: with all sent, that is an end like another. */
static void time_end(struct exchange *exchange)
{
    exchange->over = true;
    if (answers_awaited(exchange) || exchange->doubted_until)
        return;
    bool full = exchange->pending && exchange->send_error;
    errno = full ? exchange->send_error : ETIMEDOUT;
    exchange_fail(exchange, PHASE_DATAGRAM, full ? "send" : "poll", NULL);
    exchange->datagrams->failure.text = !full                             ? "no data moved"
                                        : exchange->send_error == ENOBUFS ? "no room to send (ENOBUFS)"
                                                                          : "no room to send (EAGAIN)";
    exchange->datagrams->failure.gave_up = true;
    exchange->datagrams->failure.elapsed = exchange->plan->idle_timeout;
    moved_note(exchange->context, &exchange->datagrams->failure);
}

static void waits_fill(const struct exchange *exchange, int64_t now, struct pollfd *fds)
{
    const struct relay_plan *plan = exchange->plan;
    bool sends = send_wanted(exchange, now);
    bool waits = (exchange->pending && now >= exchange->gap_until) || (sends && plan->io == IO_SOURCE);
    /* An echo holds its datagram where the next one would be received. */
    bool receives = plan->io != IO_HOLD && !(plan->io == IO_ECHO && exchange->pending);
    fds[SOCKET] = (struct pollfd){
        .fd = exchange->datagrams->fd, .events = (short)((receives ? POLLIN : 0) | (waits ? POLLOUT : 0))};
    fds[INPUT] = (struct pollfd){.fd = sends && plan->io == IO_STDIO ? plan->input : -1, .events = POLLIN};
    fds[OUTPUT] = (struct pollfd){.fd = plan->output_loss_ends ? plan->output : -1};
    fds[STOP] = (struct pollfd){.fd = exchange->context->stop_fd, .events = POLLIN};
}

/* An error of an old datagram ends a client; a listener has others to serve. */
static void socket_serve(struct exchange *exchange, short revents)
{
    struct datagrams *datagrams = exchange->datagrams;
    if (revents & POLLERR && !datagrams->connected &&
        errors_take(exchange->sink, datagrams->fd, 0, true, NULL, exchange->context->stamps) > 0)
        revents &= ~POLLERR;
    if (!(revents & ~POLLOUT))
        return;
    do
        datagram_receive(exchange);
    while (message_waits(exchange->message) && !exchange->over);
}

static void exchange_step(struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    struct pollfd fds[WAITS];
    int64_t now = watch_now(exchange->context->watch), end = end_time(exchange), until = end;
    if (exchange->gap_until > now && exchange->gap_until < until)
        until = exchange->gap_until;
    waits_fill(exchange, now, fds);
    int ready = watch_poll(exchange->context, EVENT_DATA_CALL, fds, WAITS, until);
    if (ready < 0) {
        exchange_fail(exchange, PHASE_OTHER, "poll", NULL);
    } else if (ready == 0 && watch_over(exchange->context->watch, end)) {
        time_end(exchange);
    } else if (ready > 0 && fds[STOP].revents) {
        exchange->signal = stop_read(exchange->context->stop_fd);
        exchange_stopped(exchange);
    } else if (ready > 0 && fds[OUTPUT].revents & (POLLERR | POLLHUP)) {
        exchange->signal = SIGPIPE;
        exchange->over = true;
    } else if (ready > 0) {
        socket_serve(exchange, fds[SOCKET].revents);
        if (exchange->over)
            return;
        if (fds[SOCKET].revents & POLLOUT && exchange->pending)
            pending_send(exchange);
        else if (fds[SOCKET].revents & POLLOUT && plan->io == IO_SOURCE)
            source_send(exchange);
        if (fds[INPUT].revents && !exchange->pending)
            input_take(exchange);
    }
}

/* A reader that is slow, or was stopped, loses what the receive buffer cannot hold. */
static void drops_emit(const struct datagrams *datagrams)
{
    char text[160];
    int64_t drops = socket_drops(datagrams->fd);
    if (drops <= 0)
        return;
    snprintf(text, sizeof(text),
        "the kernel dropped %" PRId64 " %s: the receive buffer was full (-I sets its size), or %s damaged",
        drops, drops == 1 ? "datagram that had arrived" : "datagrams that had arrived",
        drops == 1 ? "it was" : "they were");
    emit(datagrams->context->sink, EVENT_WARNING, F_CONN(datagrams->connected), F_WARNING(DATAGRAMS_DROPPED),
        F_TEXT("text", text), F_INT("count", drops));
}

int datagrams_run(struct datagrams *datagrams)
{
    const struct relay_plan *plan = datagrams->plan;
    cleanup_free char *input = malloc(2 * plan->chunk);
    cleanup_free char *received = malloc(plan->receive_size);
    struct exchange exchange = {.datagrams = datagrams,
        .plan = plan,
        .context = datagrams->context,
        .sink = datagrams->context->sink,
        .input = input,
        .received = received,
        .left = plan->source_bytes,
        .began = clock_now(),
        .output = output_open(plan->output)};
    exchange.active = watch_now(exchange.context->watch);
    exchange.input_ended = plan->io == IO_SOURCE && exchange.left == 0;
    if (plan->message)
        exchange.message = message_open(plan->message, datagrams->context->sink, datagrams->fd,
            datagrams->connected ? 1 : 0, datagrams->connected ? NULL : &exchange.peers, plan->receive_size);
    if (!input || !received || (plan->message && !exchange.message))
        exchange_fail(&exchange, PHASE_OTHER, "malloc", NULL);
    if (plan->idle_timeout >= 0 && datagrams->local.sa.sa_family != AF_UNIX)
        moved_wait(exchange.context, 0);
    while (!exchange.over)
        exchange_step(&exchange);
    moved_wait_end(exchange.context);
    if (exchange.context->stamps)
        errors_take(exchange.sink, datagrams->fd, datagrams->connected, true, NULL, exchange.context->stamps);
    message_close(exchange.message);
    peers_free(&exchange.peers);
    drops_emit(datagrams);
    call_close(datagrams->context->sink, &datagrams->fd);
    const struct closed closed = {.conn = datagrams->connected ? 1 : 0,
        .peer = datagrams->client ? &datagrams->peer : NULL,
        .state = -1,
        .sent = datagrams->sent,
        .received = datagrams->received,
        .began = exchange.began,
        .times = &datagrams->times};
    closed_emit(datagrams->context->sink, &closed);
    if (exchange.signal)
        return exchange.signal;
    return datagrams->failure.phase == PHASE_NONE ? 0 : -1;
}
