/* SPDX-License-Identifier: ISC */
/* The queries under way, and how TCP and UDP ask and are answered. */
#ifndef NET_PATH_QUERIES_H
#define NET_PATH_QUERIES_H

#include "net/path/path.h"

/* A socket that asks: one connect, or the datagrams of one query. */
struct asker {
    int fd;
    unsigned hop, query; /* hop 0: many */
    bool waits;
};

struct queries {
    struct path *path;
    struct asker askers[PATH_HOPS * PATH_QUERIES];
    size_t count;
    struct asked {
        int64_t clock, wall; /* clock_now(); the same on CLOCK_REALTIME */
    } asked[PATH_HOPS + 1][PATH_QUERIES];
};

/* How a protocol asks a hop, and what it does with an asker that poll() reported: 0, or -1 with
 * *path->failure. */
struct path_protocol {
    int (*ask)(struct queries *queries, unsigned hop, unsigned query);
    int (*take)(struct queries *queries, struct asker *asker);
};
extern const struct path_protocol path_tcp, path_udp;

/* Opens a socket to the target for the query. -1 with the failure. */
int asker_open(struct queries *queries, struct asker *asker);

/* Sets how many routers what is sent may pass. -1 with errno. */
int hops_limit(struct sink *sink, int fd, int family, unsigned hop);

struct asked asked_now(void);

/* What an ICMP error says. Its time is that of its arrival, as the kernel has it, if it does. */
struct path_answer answer_of_icmp(const struct icmp_error *icmp, const struct asked *asked);

/* Only the first answer of a query counts. */
void answer_note(struct path *path, unsigned hop, unsigned query, const struct path_answer *answer);

#endif
