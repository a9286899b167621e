/* SPDX-License-Identifier: ISC */
/* Takes answers, and asks over TCP for those that were truncated. */
#include "net/dns/inquiry.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* Before each message over TCP stands its length (RFC 1035, 4.2.2). */
#define LENGTH_SIZE 2

void reply_take(struct inquiry *inquiry, struct exchange *exchange, enum dns_kind kind,
    const struct dns_answer *answer, size_t length)
{
    struct asked_reply *reply = exchange->reply;
    /* Of the worse answers the last one counts, and none after a good one. */
    reply->state = kind == DNS_ANSWER ? ASKED_ANSWERED : ASKED_MALFORMED;
    reply->answer = *answer;
    reply->elapsed = clock_now() - inquiry->began;
    reply->simple = !exchange->query.extended;
    reply->truncated |= kind == DNS_ANSWER && exchange->tcp < 0 && answer->flags & DNS_TC;
    free(reply->bytes);
    reply->bytes = malloc(length);
    reply->length = reply->bytes ? length : 0;
    if (reply->bytes)
        memcpy(reply->bytes, inquiry->buffer, length);
}

/* The stream is over: with an answer, or with errno. */
static void tcp_end(struct inquiry *inquiry, struct exchange *exchange, int error)
{
    struct asked_reply *reply = exchange->reply;
    exchange->over = true;
    reply->tcp_error = error;
    if (error && reply->state == ASKED_SILENT) {
        reply->state = ASKED_FAILED;
        reply->error = error;
        reply->elapsed = clock_now() - inquiry->began;
    }
    call_close(inquiry->sink, &exchange->tcp);
    free(exchange->stream);
    exchange->stream = NULL;
}

void exchange_over_tcp(struct inquiry *inquiry, struct exchange *exchange)
{
    const struct address *server = &inquiry->asked->setup.servers[exchange->reply->server];
    exchange->filled = 0;
    exchange->connected = false;
    exchange->stream = malloc(LENGTH_SIZE + NS_MAXMSG);
    exchange->tcp =
        call_socket(inquiry->sink, server->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
    if (!exchange->stream || exchange->tcp < 0 ||
        (call_connect(inquiry->sink, exchange->tcp, server) < 0 && errno != EINPROGRESS))
        tcp_end(inquiry, exchange, errno);
}

static void tcp_send(struct inquiry *inquiry, struct exchange *exchange)
{
    unsigned char bytes[LENGTH_SIZE + DNS_QUERY_MAX], *at = bytes;
    size_t length = exchange->query.length;
    int error = call_socket_error(inquiry->sink, exchange->tcp);
    NS_PUT16(length, at);
    memcpy(at, exchange->query.bytes, length);
    /* A new connection has room for so little. */
    if (error == 0 && call_send(inquiry->sink, exchange->tcp, bytes, LENGTH_SIZE + length, MSG_NOSIGNAL) < 0)
        error = errno;
    exchange->connected = true;
    if (error)
        tcp_end(inquiry, exchange, error < 0 ? errno : error);
}

/* How many bytes the message has with its length; unknown before that is there. */
static size_t tcp_wanted(const struct exchange *exchange)
{
    const unsigned char *at = exchange->stream;
    unsigned length = 0;
    if (exchange->filled >= LENGTH_SIZE)
        NS_GET16(length, at);
    return LENGTH_SIZE + (size_t)length;
}

static void tcp_take(struct inquiry *inquiry, struct exchange *exchange)
{
    struct dns_answer answer;
    size_t length = exchange->filled - LENGTH_SIZE;
    memcpy(inquiry->buffer, exchange->stream + LENGTH_SIZE, length);
    enum dns_kind kind = dns_answer_read(&answer, &exchange->query, inquiry->buffer, length);
    if (kind != DNS_STRAY)
        reply_take(inquiry, exchange, kind, &answer, length);
    tcp_end(inquiry, exchange, kind == DNS_STRAY ? EBADMSG : 0);
}

void exchange_advance(struct inquiry *inquiry, struct exchange *exchange)
{
    if (!exchange->connected) {
        tcp_send(inquiry, exchange);
        return;
    }
    size_t wanted = tcp_wanted(exchange);
    ssize_t got = call_recv(
        inquiry->sink, exchange->tcp, exchange->stream + exchange->filled, wanted - exchange->filled, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        tcp_end(inquiry, exchange, got < 0 ? errno : ENODATA);
        return;
    }
    exchange->filled += (size_t)got;
    if (exchange->filled >= LENGTH_SIZE && exchange->filled == tcp_wanted(exchange))
        tcp_take(inquiry, exchange);
}
