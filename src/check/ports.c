/* SPDX-License-Identifier: ISC */
/* Judges how many local ports a destination has left. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "check/judge.h"

/* Per cent of the range from which it is nearly used up. */
#define NEAR_PERCENT 80

/* Whether connect() may take a port in TIME_WAIT: tcp_tw_reuse is 1 for all, 2 for loopback. */
static bool time_wait_is_free(const struct host *host, const struct sockdiag_socket *socket)
{
    return host->limits.tw_reuse == 1 || (host->limits.tw_reuse == 2 && address_is_loopback(&socket->peer));
}

static bool uses_port(const struct host *host, const struct checked *socket)
{
    const struct sockdiag_socket *now = socket->now;
    int port = address_port(&now->local);
    return now->protocol == IPPROTO_TCP && now->peer.length > 0 && now->state != TCP_SYN_RECV &&
           host->limits.first_port > 0 && port >= host->limits.first_port && port <= host->limits.last_port &&
           !(now->state == TCP_TIME_WAIT && time_wait_is_free(host, now));
}

static int by_way(const void *a, const void *b)
{
    const struct sockdiag_socket *x = ((const struct checked *)a)->now, *y = ((const struct checked *)b)->now;
    int order = order_hosts(&x->local, &y->local);
    return order ? order : order_ends(&x->peer, &y->peer);
}

static void way_judge(
    const struct host *host, const struct checked *group, size_t count, struct found *findings)
{
    /* Of one pair of addresses and one peer port, each connection has a port of its own. */
    const int64_t range = host->limits.last_port - host->limits.first_port + 1, used = (int64_t)count;
    int64_t time_wait = 0, expires = -1;
    if (used * 100 < range * NEAR_PERCENT)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct sockdiag_socket *now = group[i].now;
        if (now->state != TCP_TIME_WAIT)
            continue;
        time_wait++;
        if (expires < 0 || now->expires < expires)
            expires = now->expires;
    }
    finding_add(findings, used >= range ? FINDING_PORTS_EXHAUSTED : FINDING_PORTS_NEAR, used,
        &group->now->local,
        (const struct field[]){F_ADDRESS("peer", &group->now->peer), F_INT("used", used),
            F_INT("range", range), F_INT("percent", NEAR_PERCENT), F_INT("time_wait", time_wait),
            F_TIME("expires", expires), F_LIMIT("tw_reuse", host->limits.tw_reuse), F_END});
}

const struct rule port_rules[] = {{uses_port, by_way, way_judge}, {.wants = NULL}};
