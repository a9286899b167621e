/* SPDX-License-Identifier: ISC */
/* What asking over UDP and over TCP share: the queries that are out, and taking an answer. */
#ifndef NET_DNS_INQUIRY_H
#define NET_DNS_INQUIRY_H

#include "net/watch/context.h"
#include "why/name/asked.h"

#define INQUIRY_BUFFER NS_MAXMSG

/* One query, and the connection over which its answer is asked for if it was truncated. */
struct exchange {
    struct dns_query query;
    struct asked_reply *reply;
    bool over;
    int tcp; /* -1: none */
    bool connected;
    unsigned char *stream; /* what came over TCP, with the length before it; owned */
    size_t filled;
};

struct inquiry {
    struct sink *sink;
    struct context context;
    struct asked *asked;
    int64_t began; /* clock_now() when the first query was sent */
    int fds[DNS_SERVERS_MAX];
    struct exchange exchanges[ASKED_MAX];
    unsigned char buffer[INQUIRY_BUFFER];
};

/* Keeps length bytes of inquiry->buffer as the reply. */
void reply_take(struct inquiry *inquiry, struct exchange *exchange, enum dns_kind kind,
    const struct dns_answer *answer, size_t length);

/* Asks over TCP from now on. */
void exchange_over_tcp(struct inquiry *inquiry, struct exchange *exchange);
/* The connection is ready for the next step. */
void exchange_advance(struct inquiry *inquiry, struct exchange *exchange);

#endif
