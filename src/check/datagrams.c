/* SPDX-License-Identifier: ISC */
/* Judges the queues of UDP sockets. */
#include <netinet/in.h>

#include "check/judge.h"

/* Per cent of SO_RCVBUF from which a queue is nearly full. */
#define NEAR_PERCENT 75

static bool has_dropped(const struct host *host, const struct checked *socket)
{
    (void)host;
    return socket->now->protocol == IPPROTO_UDP && socket->then && socket->now->drops > socket->then->drops;
}

static bool queue_is_near(const struct sockdiag_socket *socket)
{
    return socket->receive_buffer > 0 &&
           (uint64_t)socket->receive_queue * 100 >= (uint64_t)socket->receive_buffer * NEAR_PERCENT;
}

static bool is_near(const struct host *host, const struct checked *socket)
{
    return socket->now->protocol == IPPROTO_UDP && socket->then && !has_dropped(host, socket) &&
           queue_is_near(socket->now) && queue_is_near(socket->then);
}

static void drops_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct sockdiag_socket *now = group->now;
    const uint32_t drops = now->drops - group->then->drops;
    (void)host;
    (void)count;
    add_finding(findings, UDP_DROPS, drops, NULL, F_ADDRESS("local", &now->local), F_INT("drops", drops),
        F_SIZE("queue", now->receive_queue), F_SIZE("limit", now->receive_buffer), F_PROGRAM(group),
        F_PID(group));
}

static void near_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct sockdiag_socket *now = group->now;
    (void)host;
    (void)count;
    add_finding(findings, UDP_QUEUE, now->receive_queue, NULL, F_ADDRESS("local", &now->local),
        F_SIZE("queue", now->receive_queue), F_SIZE("limit", now->receive_buffer),
        F_INT("percent", NEAR_PERCENT), F_PROGRAM(group), F_PID(group));
}

const struct rule datagram_rules[] = {
    {has_dropped, NULL, drops_judge}, {is_near, NULL, near_judge}, {.wants = NULL}};
