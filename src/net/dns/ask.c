/* SPDX-License-Identifier: ISC */
/* Asks the name servers over UDP; see ask.h. */
#include "net/dns/ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "net/dns/inquiry.h"

void asked_free(struct asked *asked)
{
    for (int i = 0; i < asked->count; i++)
        free(asked->replies[i].bytes);
}

/* What a query stands for in asked. */
static bool exchange_begin(struct inquiry *inquiry, int server, int name, int type)
{
    struct asked *asked = inquiry->asked;
    struct exchange *exchange = &inquiry->exchanges[asked->count];
    if (!dns_query_make(&exchange->query, asked->setup.names[name], asked->types[type]))
        return false;
    exchange->tcp = -1;
    exchange->reply = &asked->replies[asked->count++];
    *exchange->reply = (struct asked_reply){.server = server, .name = name, .type = type, .elapsed = -1};
    return true;
}

static void types_fill(struct asked *asked, const struct dns_question *question)
{
    if (!question->name)
        asked->types[asked->type_count++] = ns_t_ptr;
    if (question->name && question->family != AF_INET6)
        asked->types[asked->type_count++] = ns_t_a;
    if (question->name && question->family != AF_INET)
        asked->types[asked->type_count++] = ns_t_aaaa;
}

static void exchanges_begin(struct inquiry *inquiry)
{
    const struct asked *asked = inquiry->asked;
    for (int server = 0; server < asked->setup.server_count; server++)
        for (int name = 0; name < asked->setup.name_count; name++)
            for (int type = 0; type < asked->type_count; type++)
                exchange_begin(inquiry, server, name, type);
}

/* An error of the server's socket is about every query that it still has. */
static void server_fail(struct inquiry *inquiry, int server, int error)
{
    for (int i = 0; i < inquiry->asked->count; i++) {
        struct exchange *exchange = &inquiry->exchanges[i];
        if (exchange->reply->server != server || exchange->over || exchange->tcp >= 0)
            continue;
        exchange->over = true;
        /* What it has answered before counts. */
        if (exchange->reply->state != ASKED_ANSWERED) {
            exchange->reply->state = ASKED_FAILED;
            exchange->reply->error = error;
            exchange->reply->elapsed = clock_now() - inquiry->began;
        }
    }
}

static void query_send(struct inquiry *inquiry, struct exchange *exchange)
{
    int server = exchange->reply->server;
    if (call_send(inquiry->sink, inquiry->fds[server], exchange->query.bytes, exchange->query.length,
            MSG_NOSIGNAL) < 0 &&
        errno != EAGAIN)
        server_fail(inquiry, server, errno);
}

static void server_open(struct inquiry *inquiry, int server)
{
    const struct address *address = &inquiry->asked->setup.servers[server];
    inquiry->fds[server] =
        call_socket(inquiry->sink, address->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
    /* Connected, it takes no datagram of another address, and hears that the port is unreachable. */
    if (inquiry->fds[server] < 0 || call_connect(inquiry->sink, inquiry->fds[server], address) < 0)
        server_fail(inquiry, server, errno);
}

static void queries_send(struct inquiry *inquiry)
{
    for (int i = 0; i < inquiry->asked->count; i++) {
        struct exchange *exchange = &inquiry->exchanges[i];
        if (exchange->over)
            continue;
        if (inquiry->asked->setup.over_tcp)
            exchange_over_tcp(inquiry, exchange);
        else
            query_send(inquiry, exchange);
    }
}

/* A datagram that is lost, and one with EDNS that something on the way drops, look alike: once more, without
 * it. */
static void queries_repeat(struct inquiry *inquiry)
{
    for (int i = 0; i < inquiry->asked->count; i++) {
        struct exchange *exchange = &inquiry->exchanges[i];
        if (exchange->over || exchange->tcp >= 0 || exchange->reply->state == ASKED_ANSWERED)
            continue;
        dns_query_simplify(&exchange->query);
        query_send(inquiry, exchange);
    }
}

/* Whether the answer is no more than that the server does not understand EDNS (RFC 6891, 7). */
static bool dislikes_edns(const struct exchange *exchange, const struct dns_answer *answer)
{
    return exchange->query.extended && answer->records == 0 &&
           (answer->rcode == ns_r_formerr || answer->rcode == ns_r_notimpl || answer->rcode == ns_r_badvers);
}

/* Whether it is taken. */
static bool datagram_take(struct inquiry *inquiry, struct exchange *exchange, size_t length)
{
    struct dns_answer answer;
    enum dns_kind kind = dns_answer_read(&answer, &exchange->query, inquiry->buffer, length);
    if (kind == DNS_STRAY)
        return false;
    reply_take(inquiry, exchange, kind, &answer, length);
    if (kind == DNS_ANSWER && dislikes_edns(exchange, &answer)) {
        dns_query_simplify(&exchange->query);
        query_send(inquiry, exchange);
    } else if (kind == DNS_ANSWER && exchange->reply->truncated)
        exchange_over_tcp(inquiry, exchange);
    else
        exchange->over = kind == DNS_ANSWER;
    return true;
}

static void server_receive(struct inquiry *inquiry, int server)
{
    ssize_t length = call_recv(inquiry->sink, inquiry->fds[server], inquiry->buffer, INQUIRY_BUFFER, 0);
    bool taken = false;
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        server_fail(inquiry, server, errno);
    for (int i = 0; length >= 0 && !taken && i < inquiry->asked->count; i++) {
        struct exchange *exchange = &inquiry->exchanges[i];
        if (exchange->reply->server == server && !exchange->over && exchange->tcp < 0)
            taken = datagram_take(inquiry, exchange, (size_t)length);
    }
    inquiry->asked->strays[server] += length >= 0 && !taken;
}

/* The descriptors that are waited for, and after them those of TCP. Returns how many. */
static nfds_t fds_fill(const struct inquiry *inquiry, struct pollfd *fds)
{
    nfds_t count = (nfds_t)inquiry->asked->setup.server_count;
    for (nfds_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    for (int i = 0; i < inquiry->asked->count; i++) {
        const struct exchange *exchange = &inquiry->exchanges[i];
        int server = exchange->reply->server;
        if (exchange->over)
            continue;
        if (exchange->tcp < 0)
            fds[server].fd = inquiry->fds[server];
        else
            fds[count++] =
                (struct pollfd){.fd = exchange->tcp, .events = exchange->connected ? POLLIN : POLLOUT};
    }
    return count;
}

static bool is_over(const struct inquiry *inquiry)
{
    for (int i = 0; i < inquiry->asked->count; i++)
        if (!inquiry->exchanges[i].over)
            return false;
    return true;
}

/* false if it cannot be waited for. */
static bool answers_wait(struct inquiry *inquiry, int64_t until)
{
    struct pollfd fds[DNS_SERVERS_MAX + ASKED_MAX];
    while (!is_over(inquiry) && !watch_over(inquiry->context.watch, until)) {
        nfds_t count = fds_fill(inquiry, fds);
        if (watch_poll(&inquiry->context, EVENT_DATA_CALL, fds, count, until) < 0)
            return false;
        for (int i = 0; i < inquiry->asked->count; i++) {
            struct exchange *exchange = &inquiry->exchanges[i];
            for (nfds_t j = (nfds_t)inquiry->asked->setup.server_count; j < count; j++)
                if (fds[j].fd == exchange->tcp && fds[j].revents)
                    exchange_advance(inquiry, exchange);
        }
        for (int i = 0; i < inquiry->asked->setup.server_count; i++)
            if (fds[i].revents)
                server_receive(inquiry, i);
    }
    return true;
}

static void inquiry_end(struct inquiry *inquiry)
{
    for (int i = 0; i < inquiry->asked->count; i++) {
        struct exchange *exchange = &inquiry->exchanges[i];
        if (exchange->tcp >= 0 && !exchange->over)
            exchange->reply->tcp_error = ETIMEDOUT;
        call_close(inquiry->sink, &exchange->tcp);
        free(exchange->stream);
    }
    for (int i = 0; i < inquiry->asked->setup.server_count; i++)
        call_close(inquiry->sink, &inquiry->fds[i]);
}

static void inquiry_run(struct inquiry *inquiry, int64_t limit)
{
    int64_t began = watch_now(inquiry->context.watch);
    for (int i = 0; i < inquiry->asked->setup.server_count; i++)
        server_open(inquiry, i);
    inquiry->began = clock_now();
    queries_send(inquiry);
    if (answers_wait(inquiry, began + limit * 2 / 5)) {
        queries_repeat(inquiry);
        answers_wait(inquiry, began + limit);
    }
    inquiry->asked->waited = clock_now() - inquiry->began;
    inquiry_end(inquiry);
}

bool dns_ask(struct sink *sink, const struct dns_question *question, struct asked *asked)
{
    struct watch_list watch = {.first = NULL};
    cleanup_free struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
    sigset_t before;
    FILE *copy = sink->copy;
    *asked = (struct asked){.count = 0};
    if (!inquiry || !(question->name ? dns_setup_read(&asked->setup, question->name)
                                     : dns_setup_read_address(&asked->setup, question->address)))
        return false;
    inquiry->sink = sink;
    inquiry->asked = asked;
    inquiry->context = (struct context){.sink = sink, .stop_fd = -1, .watch = &watch};
    types_fill(asked, question);
    exchanges_begin(inquiry);
    for (int i = 0; i < DNS_SERVERS_MAX; i++)
        inquiry->fds[i] = -1;
    stops_let_through(&before);
    /* A picture is of the conversation with the peer, not of this one. */
    sink->copy = NULL;
    if (asked->count > 0)
        inquiry_run(inquiry, question->limit);
    sink->copy = copy;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return asked->count > 0;
}
