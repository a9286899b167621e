/* SPDX-License-Identifier: ISC */
/* Judges sockets that share a port. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "check/judge.h"

static bool is_listener(const struct host *host, const struct checked *socket)
{
    (void)host;
    return socket->now->state == TCP_LISTEN && socket->then && socket->then->state == TCP_LISTEN &&
           socket->now->interface == 0;
}

/* Connections to the listener's port and address that waited for accept() at both looks. */
static uint64_t waiting_count(const struct host *host, const struct address *local)
{
    uint64_t count = 0;
    for (size_t i = 0; i < host->count; i++) {
        const struct sockdiag_socket *now = host->sockets[i].now;
        count += now->inode == 0 && host->sockets[i].then && now->protocol == IPPROTO_TCP &&
                 (now->state == TCP_ESTABLISHED || now->state == TCP_CLOSE_WAIT) &&
                 address_port(&now->local) == address_port(local) &&
                 (address_is_wildcard(local) || order_hosts(&now->local, local) == 0);
    }
    return count;
}

/* Of several listeners at one address, which only SO_REUSEPORT allows, one that accepted nothing while
 * another's queue was empty: what waits is then its own. */
static void idle_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct checked *stuck = NULL;
    bool other = false;
    uint64_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t now = group[i].now->receive_queue, then = group[i].then->receive_queue;
        if (now > 0 && then > 0 && now >= then) {
            stuck = &group[i];
            waiting += now;
        } else if (now > 0 || then > 0)
            return;
        else
            other = true;
    }
    if (!stuck || !other || waiting_count(host, &stuck->now->local) < waiting)
        return;
    add_finding(findings, SHARED_PORT, stuck->now->receive_queue, NULL,
        F_ADDRESS("local", &stuck->now->local), F_TEXT("sharing", "one of its listeners accepts nothing"),
        F_INT("queue", stuck->now->receive_queue), F_INT("port", address_port(&stuck->now->local)),
        F_PROGRAM(stuck), F_PID(stuck));
}

static bool are_two(const struct checked *a, const struct checked *b)
{
    return a->holder && b->holder && a->holder->pid != b->holder->pid;
}

/* Whether connections to the address would reach the wildcard listener if the other one were not there. */
static bool hides(const struct checked *specific, const struct checked *wildcard)
{
    const struct sockdiag_socket *inner = specific->now, *outer = wildcard->now;
    return !address_is_wildcard(&inner->local) && address_is_wildcard(&outer->local) &&
           (inner->family == outer->family || (outer->family == AF_INET6 && !outer->v6only)) &&
           are_two(specific, wildcard);
}

static void pair_add(
    const struct checked *first, const struct checked *second, const char *sharing, struct found *findings)
{
    add_finding(findings, SHARED_PORT, 0, NULL, F_ADDRESS("local", &first->now->local),
        F_TEXT("sharing", sharing), F_ADDRESS("other", &second->now->local),
        F_INT("port", address_port(&first->now->local)), F_PROGRAM(first), F_PID(first),
        F_FOREIGN("other_program", second->holder->program), F_INT("other_pid", second->holder->pid));
}

static void hidden_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    (void)host;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (hides(&group[i], &group[j])) {
                pair_add(&group[i], &group[j], "it hides a wildcard listener", findings);
                return;
            }
}

/* Multicast and broadcast reach all sockets of a port, and only a wildcard or their own address gets them. */
static bool is_unicast_udp(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    (void)host;
    return now->protocol == IPPROTO_UDP && now->peer.length == 0 && socket->then && socket->holder &&
           now->interface == 0 && !address_is_wildcard(&now->local) &&
           (now->family == AF_INET ? (ntohl(now->local.in.sin_addr.s_addr) >> 28) != 14 &&
                                         now->local.in.sin_addr.s_addr != INADDR_BROADCAST
                                   : !IN6_IS_ADDR_MULTICAST(&now->local.in6.sin6_addr));
}

/* The workers of one program share a port with SO_REUSEPORT on purpose. */
static void datagrams_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    (void)host;
    for (size_t i = 1; i < count; i++)
        if (are_two(&group[0], &group[i]) &&
            strcmp(group[0].holder->program, group[i].holder->program) != 0) {
            pair_add(&group[0], &group[i],
                "one UDP socket takes the datagrams of another, or they share them", findings);
            return;
        }
}

const struct rule shared_rules[] = {{is_listener, by_local, idle_judge},
    {is_listener, by_local_port, hidden_judge}, {is_unicast_udp, by_local, datagrams_judge}, {.wants = NULL}};
