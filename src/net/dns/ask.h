/* SPDX-License-Identifier: ISC */
/*
 * Asks each name server of resolv.conf(5) by itself, all at once, for what getaddrinfo(3) or getnameinfo(3)
 * would ask them for one after another.
 */
#ifndef NET_DNS_ASK_H
#define NET_DNS_ASK_H

#include "report/event.h"
#include "why/name/asked.h"

struct dns_question {
    const char *name;              /* with the search list; NULL: address */
    const struct address *address; /* its name is asked for */
    int family;                    /* of name: AF_INET, AF_INET6, else both */
    int64_t limit;                 /* nanoseconds to wait for the answers */
};

/*
 * A query that nothing answers is sent once more, without EDNS; an answer that is truncated is asked for over
 * TCP. A signal that ends the program does so at once meanwhile. false if there is nothing to ask; else the
 * caller calls asked_free().
 */
bool dns_ask(struct sink *sink, const struct dns_question *question, struct asked *asked);
void asked_free(struct asked *asked);

#endif
