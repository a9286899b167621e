/* SPDX-License-Identifier: ISC */
/* Judges processes that do not read, or do not close, and sockets that no process has. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/param.h>

#include "base/number.h"
#include "check/judge.h"

/* The part of SO_RCVBUF, 1 of so many, that must lie unread: less may be what a program reads later. */
#define UNREAD_PART 4

/* How long nothing may have moved in CLOSE_WAIT: a peer that only half-closed waits for its answer. So many
 * connections of a process, or one for so long. */
#define CLOSE_WAIT_IDLE (5 * NS_PER_S)
#define CLOSE_WAIT_MANY 10
#define CLOSE_WAIT_LONG (60 * NS_PER_S)

static bool is_not_read(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    (void)host;
    return now->state == TCP_ESTABLISHED && now->inode != 0 && nothing_read(socket) && now->has_memory &&
           MIN(now->receive_queue, socket->then->receive_queue) >= now->receive_buffer / UNREAD_PART;
}

static void not_read_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    uint64_t unread = 0, longest = 0;
    (void)host;
    for (size_t i = 0; i < count; i++) {
        unread += group[i].now->receive_queue;
        longest = MAX(longest, group[i].now->receive_queue);
    }
    add_finding(findings, NOT_READING, unread, NULL, F_INT("sockets", (int64_t)count),
        F_SIZE("unread", unread), F_SIZE("longest", longest), F_PROGRAM(group), F_PID(group));
}

/* For how long nothing was sent and nothing came: since the FIN, or less. */
static int64_t idle_of(const struct sockdiag_socket *socket)
{
    const struct tcp_info_full *info = &socket->tcpinfo.is;
    return (int64_t)MIN(info->tcpi_last_ack_recv, info->tcpi_last_data_sent) * NS_PER_MS;
}

static bool is_close_wait(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    (void)host;
    return now->state == TCP_CLOSE_WAIT && now->inode != 0 && socket->then &&
           socket->then->state == TCP_CLOSE_WAIT && now->tcpinfo.length > 0 && now->send_queue == 0 &&
           idle_of(now) >= CLOSE_WAIT_IDLE;
}

static void close_wait_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    uint64_t unread = 0;
    int64_t oldest = 0;
    (void)host;
    for (size_t i = 0; i < count; i++) {
        unread += group[i].now->receive_queue;
        oldest = MAX(oldest, idle_of(group[i].now));
    }
    if (count < CLOSE_WAIT_MANY && oldest < CLOSE_WAIT_LONG)
        return;
    add_finding(findings, CLOSE_WAIT, count, NULL, F_INT("sockets", (int64_t)count), F_TIME("oldest", oldest),
        F_SIZE("unread", unread), F_INT("bound", CLOSE_WAIT_MANY), F_TIME("idle", CLOSE_WAIT_IDLE),
        F_TIME("long", CLOSE_WAIT_LONG), F_PROGRAM(group), F_PID(group));
}

/* The kernel has sockets of its own, which are read; so what waits unread is the sign. */
static bool is_unowned(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    return host->holders.complete && now->protocol == IPPROTO_TCP && now->inode != 0 && !socket->holder &&
           (now->state == TCP_ESTABLISHED || now->state == TCP_CLOSE_WAIT) && nothing_read(socket);
}

static int by_nothing(const void *a, const void *b)
{
    (void)a;
    (void)b;
    return 0;
}

static void unowned_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    uint64_t unread = 0;
    (void)host;
    for (size_t i = 0; i < count; i++)
        unread += group[i].now->receive_queue;
    add_finding(findings, UNOWNED, count, NULL, F_INT("sockets", (int64_t)count), F_SIZE("unread", unread),
        F_ADDRESS("local", &group->now->local), F_ADDRESS("peer", &group->now->peer));
}

const struct rule reader_rules[] = {{is_not_read, by_process, not_read_judge},
    {is_close_wait, by_process, close_wait_judge}, {is_unowned, by_nothing, unowned_judge}, {.wants = NULL}};
