/* SPDX-License-Identifier: ISC */
/* What the name servers answer when they are asked, each by itself; see net/dns/ask.h. */
#ifndef WHY_NAME_ASKED_H
#define WHY_NAME_ASKED_H

#include "kernel/dns.h"

#define ASKED_TYPES_MAX 2
#define ASKED_MAX       (DNS_SERVERS_MAX * DNS_NAMES_MAX * ASKED_TYPES_MAX)

enum asked_state {
    ASKED_SILENT, /* nothing came that answers it */
    ASKED_FAILED, /* it could not be sent, or was rejected: error */
    ASKED_MALFORMED,
    ASKED_ANSWERED,
};

/* One query to one server. */
struct asked_reply {
    int server, name, type; /* the indexes in struct asked */
    enum asked_state state;
    int error;       /* errno; ECONNREFUSED: ICMP port unreachable */
    int64_t elapsed; /* nanoseconds until the answer, or -1 */
    bool simple;     /* answered only without EDNS */
    bool truncated;  /* over UDP, so that it was asked for over TCP */
    int tcp_error;   /* errno of that; 0: it was answered over TCP, or not asked for */
    struct dns_answer answer;
    unsigned char *bytes; /* the answer, owned; NULL: none */
    size_t length;
};

struct asked {
    struct dns_setup setup;
    int types[ASKED_TYPES_MAX]; /* ns_t_* */
    int type_count;
    unsigned strays[DNS_SERVERS_MAX]; /* datagrams of a server that answered no query */
    int64_t waited;                   /* nanoseconds in all */
    int count;                        /* servers * names * types, in this order */
    struct asked_reply replies[ASKED_MAX];
};

#endif
