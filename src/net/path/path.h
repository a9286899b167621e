/* SPDX-License-Identifier: ISC */
/*
 * connect --path: the routers between here and a port. A connect, or a datagram, that may pass only so many
 * of them (IP_TTL, IPV6_UNICAST_HOPS) is answered by the router at which it ends, and the answer is in the
 * error queue of the socket. So it takes no privilege, and asks the way that a real connection goes.
 *
 * All hops are asked at once. The first query goes to every hop; the others, once it is known how far the
 * target is, only that far.
 */
#ifndef NET_PATH_PATH_H
#define NET_PATH_PATH_H

#include "net/socket/spec.h"
#include "net/watch/context.h"
#include "why/failure.h"

/* As traceroute has it. */
#define PATH_HOPS    30
#define PATH_QUERIES 10

/* What came of one query. */
enum path_said {
    PATH_SILENT,   /* no answer in time, or never asked */
    PATH_EXCEEDED, /* a router: time to live exceeded */
    PATH_ICMP,     /* another ICMP error, or an errno of this host */
    PATH_OPEN,     /* SYN and ACK; UDP: a datagram */
    PATH_CLOSED,   /* RST; UDP: port unreachable from the target itself */
};

struct path_answer {
    enum path_said said;
    int error;      /* errno */
    int type, code; /* of ICMP */
    bool is_icmp;
    struct address from; /* length 0: not known */
    int64_t rtt;         /* nanoseconds; -1: not known, for a SYN was sent again */
};

struct path_plan {
    const struct spec *spec; /* connect_timeout: for each answer; -1: one second */
    struct address source;   /* length 0: the kernel's choice */
    unsigned queries;
};

struct path {
    const struct context *context;
    const struct path_plan *plan;
    const struct address *target;
    struct failure *failure;
    struct path_answer answers[PATH_HOPS + 1][PATH_QUERIES]; /* by hop, from 1 */
    unsigned mtu; /* the least that a router reported; 0: none did */
    struct address mtu_from;
};

/* How the path ends. */
struct path_end {
    enum path_said said; /* PATH_SILENT: nothing was heard from beyond hop */
    unsigned hop;        /* the last one worth a line */
    bool loop;
    const struct path_answer *answer; /* that says so; NULL if silent */
};

/* Asks every hop. 0 done, -1 with *path->failure, or the number of the signal that stopped it, with what was
 * known by then. */
int path_ask(struct path *path);

/* Asks with full-size datagrams that must not be divided, until no router objects: fills mtu. A signal ends
 * it, and stays to be read. What cannot be asked is not known. */
void path_mtu_ask(struct path *path);

struct path_end path_end_of(const struct path *path);

/* Emits a `hop` for each hop, and `path` for how it ends. named: asks for the names of the routers. */
void path_emit(const struct path *path, const struct path_end *end, bool named, int64_t elapsed);

#endif
