/* SPDX-License-Identifier: ISC */
/* Judges what is sent: connects and data without an answer, data sent again, closed windows. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/param.h>

#include "base/number.h"
#include "check/judge.h"

/* Tries without an acknowledgement, the first one included: fewer are a lost packet. */
#define TRIES 3

/* The share that has to be sent again, in per cent, and the bytes from which a share means something. */
#define RETRANSMITTED_PERCENT 5
#define RETRANSMITTED_OF      65536

/* Window probes in a row: the window has been closed for some 600 ms. */
#define PROBES 2

static bool is_unacknowledged(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    (void)host;
    return now->protocol == IPPROTO_TCP && now->timer == SOCKDIAG_TIMER_RETRANSMIT &&
           now->retransmits + 1 >= TRIES && now->state != TCP_SYN_SENT && now->state != TCP_SYN_RECV;
}

static void unacknowledged_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    unsigned tries = 0;
    int64_t since = -1;
    (void)host;
    for (size_t i = 0; i < count; i++) {
        tries = MAX(tries, group[i].now->retransmits + 1);
        if (group[i].now->tcpinfo.length > 0)
            since = MAX(since, group[i].now->tcpinfo.is.tcpi_last_ack_recv * NS_PER_MS);
    }
    add_finding(findings, UNACKNOWLEDGED, count, &group->now->peer, F_INT("sockets", (int64_t)count),
        F_INT("tries", tries), F_TIME("since", since), F_TIME("last_ack", since), F_INT("bound", TRIES),
        F_PROGRAM(group), F_PID(group));
}

static bool is_unanswered(const struct host *host, const struct checked *socket)
{
    (void)host;
    return socket->now->state == TCP_SYN_SENT && socket->now->retransmits + 1 >= TRIES;
}

static void unanswered_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    unsigned tries = 0;
    (void)host;
    for (size_t i = 0; i < count; i++)
        tries = MAX(tries, group[i].now->retransmits + 1);
    add_finding(findings, SYN_SENT, count, NULL, F_ADDRESS("peer", &group->now->peer),
        F_INT("sockets", (int64_t)count), F_INT("tries", tries), F_INT("bound", TRIES), F_PROGRAM(group),
        F_PID(group));
}

static bool has_sent(const struct host *host, const struct checked *socket)
{
    (void)host;
    return socket->then && socket->now->peer.length > 0 && socket->then->tcpinfo.length > 0 &&
           socket->now->tcpinfo.is.tcpi_bytes_sent > socket->then->tcpinfo.is.tcpi_bytes_sent;
}

static void sent_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    uint64_t sent = 0, again = 0;
    (void)host;
    for (size_t i = 0; i < count; i++) {
        const struct tcp_info_full *now = &group[i].now->tcpinfo.is, *then = &group[i].then->tcpinfo.is;
        sent += now->tcpi_bytes_sent - then->tcpi_bytes_sent;
        again += now->tcpi_bytes_retrans - then->tcpi_bytes_retrans;
    }
    if (sent < RETRANSMITTED_OF || again * 100 < sent * RETRANSMITTED_PERCENT)
        return;
    add_finding(findings, RETRANSMITTING, again, &group->now->peer, F_INT("sockets", (int64_t)count),
        F_SIZE("retransmitted", again), F_SIZE("sent", sent), F_INT("share", (int64_t)(again * 100 / sent)),
        F_INT("percent", RETRANSMITTED_PERCENT));
}

/* An answered probe begins the count of probes anew; the backoff of their timer goes on. */
static bool is_probing(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now, *then = socket->then;
    (void)host;
    return then && now->timer == SOCKDIAG_TIMER_PROBE && then->timer == SOCKDIAG_TIMER_PROBE &&
           now->tcpinfo.is.tcpi_backoff >= PROBES &&
           now->tcpinfo.is.tcpi_bytes_acked == then->tcpinfo.is.tcpi_bytes_acked;
}

/* The holder of the other end, if that is on this host and was looked at. */
static const struct procfs_holder *other_end(const struct host *host, const struct sockdiag_socket *socket)
{
    for (size_t i = 0; i < host->count; i++)
        if (order_ends(&host->sockets[i].now->local, &socket->peer) == 0 &&
            order_ends(&host->sockets[i].now->peer, &socket->local) == 0)
            return host->sockets[i].holder;
    return NULL;
}

static void probing_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    const struct procfs_holder *other = other_end(host, group->now);
    uint64_t unsent = 0;
    int64_t probes = 0;
    for (size_t i = 0; i < count; i++) {
        unsent += group[i].now->send_queue;
        probes = MAX(probes, group[i].now->tcpinfo.is.tcpi_backoff);
    }
    add_finding(findings, ZERO_WINDOW, count, &group->now->peer, F_INT("sockets", (int64_t)count),
        F_SIZE("unsent", unsent), F_INT("probes", probes), F_INT("bound", PROBES), F_PROGRAM(group),
        F_PID(group), F_FOREIGN("peer_program", other ? other->program : NULL),
        other ? F_INT("peer_pid", other->pid) : F_NONE);
}

const struct rule sender_rules[] = {{is_unacknowledged, by_peer_host, unacknowledged_judge},
    {is_unanswered, by_peer, unanswered_judge}, {has_sent, by_peer_host, sent_judge},
    {is_probing, by_peer_host, probing_judge}, {.wants = NULL}};
