/* SPDX-License-Identifier: ISC */
/* Judges listeners: what waits for accept(), and what waits for the last part of the handshake. */
#include <netinet/tcp.h>

#include "check/judge.h"

/* Per cent of its room from which a queue is nearly full, and the room that has a nearly. */
#define NEAR_PERCENT 75
#define NEAR_ROOM    4

/* Half-open connections of a port whose SYN-ACK had to be sent again: fewer are lost packets. */
#define HALF_OPEN 16

static bool queue_is_full(const struct sockdiag_socket *socket)
{
    return socket->receive_queue > socket->send_queue;
}

/* The kernel lets one more than the limit wait. */
static bool queue_is_near(const struct sockdiag_socket *socket)
{
    uint64_t room = (uint64_t)socket->send_queue + 1;
    return room >= NEAR_ROOM && (uint64_t)socket->receive_queue * 100 >= room * NEAR_PERCENT;
}

static bool listens(const struct checked *socket)
{
    return socket->now->state == TCP_LISTEN && socket->then && socket->then->state == TCP_LISTEN;
}

/* Full at both looks, or at one of them while connections were dropped: a burst alone is neither. */
static bool is_full(const struct host *host, const struct checked *socket)
{
    (void)host;
    if (!listens(socket))
        return false;
    bool now = queue_is_full(socket->now), then = queue_is_full(socket->then);
    return (now && then) || ((now || then) && socket->now->drops > socket->then->drops);
}

static bool is_near(const struct host *host, const struct checked *socket)
{
    return listens(socket) && !is_full(host, socket) && queue_is_near(socket->now) &&
           queue_is_near(socket->then);
}

static void full_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct sockdiag_socket *now = group->now;
    uint32_t dropped = now->drops - group->then->drops;
    (void)count;
    add_finding(findings, ACCEPT_QUEUE_FULL, now->receive_queue, NULL, F_ADDRESS("local", &now->local),
        F_INT("queue", now->receive_queue), F_INT("limit", now->send_queue),
        dropped ? F_INT("dropped", dropped) : F_NONE, F_LIMIT("somaxconn", host->limits.somaxconn),
        F_PROGRAM(group), F_PID(group));
}

static void near_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct sockdiag_socket *now = group->now;
    (void)count;
    add_finding(findings, ACCEPT_QUEUE_NEAR, now->receive_queue, NULL, F_ADDRESS("local", &now->local),
        F_INT("queue", now->receive_queue), F_INT("limit", now->send_queue), F_INT("percent", NEAR_PERCENT),
        F_LIMIT("somaxconn", host->limits.somaxconn), F_PROGRAM(group), F_PID(group));
}

static bool is_half_open(const struct host *host, const struct checked *socket)
{
    (void)host;
    return socket->now->state == TCP_SYN_RECV && socket->now->retransmits > 0;
}

static void half_open_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const int64_t before = host->before.counters[COUNTER_COOKIES];
    const int64_t cookies = host->after.counters[COUNTER_COOKIES] - before;
    if (count >= HALF_OPEN)
        add_finding(findings, SYN_BACKLOG, count, NULL, F_INT("port", address_port(&group->now->local)),
            F_INT("syn_recv", (int64_t)count), F_INT("bound", HALF_OPEN),
            before >= 0 && cookies > 0 ? F_INT("cookies", cookies) : F_NONE);
}

const struct rule listener_rules[] = {{is_full, NULL, full_judge}, {is_near, NULL, near_judge},
    {is_half_open, by_local_port, half_open_judge}, {.wants = NULL}};
