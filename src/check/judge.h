/* SPDX-License-Identifier: ISC */
/* Judging a host from two looks: nothing here asks the kernel. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "check/finding.h"
#include "check/host.h"

/* Judges everything; the findings borrow from the host, and are sorted. */
void host_judge(const struct host *host, struct found *findings);

/* Which sockets are suspect, how they are grouped, and what a group means. */
struct rule {
    bool (*wants)(const struct host *host, const struct checked *socket);
    int (*compare)(
        const void *a, const void *b); /* of two struct checked; 0: one group; NULL: each its own */
    void (*judge)(const struct host *host, const struct checked *group, size_t count, struct found *findings);
};

/* The rules of each file, up to one without wants. */
extern const struct rule listener_rules[], shared_rules[], sender_rules[], reader_rules[], port_rules[],
    datagram_rules[];

/* Those that need no single socket. */
void memory_judge(const struct host *host, struct found *findings);
void processes_judge(const struct host *host, struct found *findings);

/* Orders for struct checked. Of addresses, IPv4 within IPv6 is IPv4. */
int order_hosts(const struct address *a, const struct address *b);
int order_ends(const struct address *a, const struct address *b);
int by_process(const void *a, const void *b);
int by_peer_host(const void *a, const void *b);
int by_peer(const void *a, const void *b);
int by_local(const void *a, const void *b);
int by_local_port(const void *a, const void *b);

/* Whether the program read nothing of what is in the queue, and something is, between the looks. */
bool nothing_read(const struct checked *socket);

/* The fields "pid" and "program" of the holder; absent if it is not visible. */
#define F_PID(socket)     ((socket)->holder ? F_INT("pid", (socket)->holder->pid) : F_NONE)
#define F_PROGRAM(socket) F_FOREIGN("program", (socket)->holder ? (socket)->holder->program : NULL)

/* A field of a limit that may not be known. */
#define F_LIMIT(key, value) ((value) >= 0 ? F_INT(key, value) : F_NONE)

#define add_finding(findings, code, weight, host, ...)                                                       \
    finding_add(                                                                                             \
        (findings), FINDING_##code, (int64_t)(weight), (host), (const struct field[]){__VA_ARGS__, F_END})

#endif
