/* Datagrams between a socket and stdin/stdout: boundaries kept, every new peer told. */
#include "net/datagrams.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "net/call.h"
#include "net/crlf.h"
#include "net/evidence.h"
#include "net/output.h"
#include "net/peers.h"

/* After stdin's end a client waits for answers until this long passes without one. */
#define ANSWER_TIME NS_PER_S

enum { SOCKET, INPUT, STOP, WAITS };

struct exchange {
    struct datagrams *datagrams;
    const struct relay_plan *plan;
    struct sink *sink;
    struct peers peers;
    char *input, *received;
    size_t waiting; /* bytes of input that the socket had no room for */
    bool input_ended, over;
    uint64_t receives, left;
    int64_t active, gap_until;
    int signal;
};

static void exchange_fail(
    struct exchange *exchange, enum failure_phase phase, const char *call, const char *name)
{
    struct datagrams *datagrams = exchange->datagrams;
    datagrams->failure = (struct failure){.phase = phase,
        .call = call,
        .name = name,
        .error = errno,
        .address = phase == PHASE_OUTPUT ? (struct address){.length = 0} : datagrams->peer,
        .local = datagrams->local,
        .type = SOCK_DGRAM,
        .sent = datagrams->sent,
        .received = datagrams->received,
        .elapsed = -1};
    if (phase == PHASE_DATAGRAM)
        evidence_collect(exchange->sink, datagrams->fd, &datagrams->failure);
    exchange->over = true;
}

/* Sends one datagram: false when there was no room for it now. */
static bool datagram_send(struct exchange *exchange, const char *bytes, size_t length)
{
    struct datagrams *datagrams = exchange->datagrams;
    ssize_t sent = datagrams->connected
                       ? call_send(exchange->sink, datagrams->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT)
                       : call_sendto(exchange->sink, datagrams->fd, bytes, length,
                             MSG_NOSIGNAL | MSG_DONTWAIT, &datagrams->peer);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (sent < 0) {
        exchange_fail(exchange, PHASE_DATAGRAM, datagrams->connected ? "send" : "sendto", NULL);
        return true;
    }
    exchange->active = clock_now();
    datagrams->sent += (uint64_t)sent;
    if (exchange->plan->interval >= 0)
        exchange->gap_until = exchange->active + exchange->plan->interval;
    return true;
}

/* One read is one datagram. */
static void input_take(struct exchange *exchange)
{
    if (exchange->waiting == 0) {
        /* The second half of the buffer is where -C may still grow into. */
        char *bytes = exchange->input + exchange->plan->chunk;
        ssize_t length = read(exchange->plan->input, bytes, exchange->plan->chunk);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            exchange->input_ended = true;
            exchange->active = clock_now();
            return;
        }
        bool after_cr = false;
        if (exchange->plan->crlf)
            exchange->waiting = crlf_copy(exchange->input, bytes, (size_t)length, &after_cr);
        else
            memmove(exchange->input, bytes, exchange->waiting = (size_t)length);
    }
    if (datagram_send(exchange, exchange->input, exchange->waiting))
        exchange->waiting = 0;
}

static void source_send(struct exchange *exchange)
{
    size_t length = exchange->left < exchange->plan->chunk ? (size_t)exchange->left : exchange->plan->chunk;
    memset(exchange->input, '.', length);
    if (!datagram_send(exchange, exchange->input, length))
        return;
    if (exchange->left != UINT64_MAX)
        exchange->left -= length;
    exchange->input_ended = exchange->left == 0;
}

static void datagram_tell(
    struct exchange *exchange, unsigned conn, const struct address *from, ssize_t real, size_t held)
{
    bool truncated = (size_t)real > held;
    emit(exchange->sink, EVENT_DATAGRAM, F_CONN(conn), F_ADDRESS("peer", from),
        F_INT("length", (int64_t)held), F_INT("real_length", real), F_BOOL("truncated", truncated),
        F_BYTES("bytes", exchange->received, held));
    if (truncated)
        emit(exchange->sink, EVENT_WARNING, F_CONN(conn), F_TEXT("code", "datagram-truncated"),
            F_TEXT("text", "a datagram was longer than --chunk: its end is lost"), F_ADDRESS("peer", from),
            F_INT("length", (int64_t)held), F_INT("real_length", real));
    if (exchange->plan->hexdump)
        emit(exchange->sink, EVENT_DUMP, F_CONN(conn), F_TEXT("direction", "received"),
            F_ADDRESS("peer", from), F_INT("length", (int64_t)held),
            F_DUMP("bytes", exchange->received, held, 0));
}

static void datagram_pass(struct exchange *exchange, size_t held)
{
    const struct relay_plan *plan = exchange->plan;
    if (plan->io == IO_ECHO) {
        datagram_send(exchange, exchange->received, held);
    } else if (plan->io == IO_STDIO) {
        int result = output_put(exchange->sink, plan->output, plan->stop_fd, exchange->received, held);
        if (result < 0)
            exchange_fail(exchange, PHASE_OUTPUT, "write", "stdout");
        if (result)
            exchange->over = true;
        if (result > 0)
            exchange->signal = result;
    }
}

static void datagram_receive(struct exchange *exchange)
{
    struct datagrams *datagrams = exchange->datagrams;
    struct address from;
    bool fresh;
    ssize_t real = call_recvfrom(exchange->sink, datagrams->fd, exchange->received, datagrams->receive_size,
        MSG_TRUNC | MSG_DONTWAIT, &from);
    if (real < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (real < 0) {
        exchange_fail(exchange, PHASE_DATAGRAM, "recvfrom", NULL);
        return;
    }
    size_t held = (size_t)real < datagrams->receive_size ? (size_t)real : datagrams->receive_size;
    if (datagrams->connected)
        from = datagrams->peer;
    address_unmap(&from);
    unsigned conn = peers_number(&exchange->peers, &from, &fresh);
    if (fresh && !datagrams->connected)
        emit(exchange->sink, EVENT_PEER, F_CONN(conn), F_ADDRESS("peer", &from),
            F_ADDRESS("local", &datagrams->local));
    exchange->active = clock_now();
    datagrams->received += held;
    datagram_tell(exchange, conn, &from, real, held);
    datagram_pass(exchange, held);
    if (++exchange->receives == exchange->plan->receives)
        exchange->over = true;
}

static bool send_wanted(const struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    if (exchange->input_ended || exchange->datagrams->peer.length == 0 || clock_now() < exchange->gap_until)
        return false;
    return plan->io == IO_SOURCE || (plan->io == IO_STDIO && plan->input >= 0);
}

/* When the exchange is over if nothing happens: INT64_MAX never. */
static int64_t end_time(const struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    int64_t end = plan->idle_timeout < 0 ? INT64_MAX : exchange->active + plan->idle_timeout;
    if (!exchange->datagrams->connected || !exchange->input_ended)
        return end;
    int64_t answer = exchange->active + (plan->quit_after >= 0 ? plan->quit_after : ANSWER_TIME);
    return answer < end ? answer : end;
}

static void time_end(struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    bool answers = exchange->datagrams->connected && exchange->input_ended;
    exchange->over = true;
    if (answers && (plan->idle_timeout < 0 || clock_now() < exchange->active + plan->idle_timeout))
        return;
    errno = ETIMEDOUT;
    exchange_fail(exchange, PHASE_DATAGRAM, "poll", NULL);
    exchange->datagrams->failure.text = "idle for too long";
    exchange->datagrams->failure.gave_up = true;
    exchange->datagrams->failure.elapsed = plan->idle_timeout;
}

static void exchange_step(struct exchange *exchange)
{
    const struct relay_plan *plan = exchange->plan;
    bool sends = send_wanted(exchange);
    bool reads_input = sends && plan->io == IO_STDIO && exchange->waiting == 0;
    bool full = exchange->waiting || plan->io == IO_SOURCE;
    struct pollfd fds[WAITS] = {
        [SOCKET] = {.fd = exchange->datagrams->fd,
            .events = (short)((plan->io == IO_HOLD ? 0 : POLLIN) | (sends && full ? POLLOUT : 0))},
        [INPUT] = {.fd = reads_input ? plan->input : -1, .events = POLLIN},
        [STOP] = {.fd = plan->stop_fd, .events = POLLIN},
    };
    int64_t now = clock_now(), end = end_time(exchange), until = end;
    if (!sends && exchange->gap_until > now && exchange->gap_until < until)
        until = exchange->gap_until;
    int ready = call_poll(exchange->sink, EVENT_DATA_CALL, fds, WAITS,
        until == INT64_MAX ? -1
        : until > now      ? until - now
                           : 0);
    if (ready == 0 && clock_now() >= end) {
        time_end(exchange);
    } else if (ready > 0 && fds[STOP].revents) {
        exchange->signal = stop_read(plan->stop_fd);
        exchange->over = true;
    } else if (ready > 0) {
        if (fds[SOCKET].revents & ~POLLOUT)
            datagram_receive(exchange);
        if (fds[INPUT].revents || (fds[SOCKET].revents & POLLOUT && exchange->waiting))
            input_take(exchange);
        else if (fds[SOCKET].revents & POLLOUT && sends && plan->io == IO_SOURCE)
            source_send(exchange);
    }
}

int datagrams_run(struct datagrams *datagrams)
{
    const struct relay_plan *plan = datagrams->plan;
    cleanup_free
    char *input = malloc(2 * plan->chunk);
    cleanup_free
    char *received = malloc(datagrams->receive_size);
    int64_t began = clock_now();
    struct exchange exchange = {.datagrams = datagrams,
        .plan = plan,
        .sink = datagrams->sink,
        .input = input,
        .received = received,
        .left = plan->source_bytes,
        .active = began};
    if (!input || !received)
        exchange_fail(&exchange, PHASE_OTHER, "malloc", NULL);
    while (!exchange.over)
        exchange_step(&exchange);
    peers_free(&exchange.peers);
    call_close(datagrams->sink, &datagrams->fd);
    emit(datagrams->sink, EVENT_CLOSED, F_ADDRESS("peer", datagrams->connected ? &datagrams->peer : NULL),
        F_COUNT("sent", datagrams->sent), F_COUNT("received", datagrams->received),
        F_TIME("duration", clock_now() - began));
    if (exchange.signal)
        return exchange.signal;
    return datagrams->failure.phase == PHASE_NONE ? 0 : -1;
}
