/* SPDX-License-Identifier: ISC */
/*
 * The path MTU as routers report it: a datagram as large as the interface takes, which must not be divided
 * (IP_PMTUDISC_PROBE in ip(7)), and a smaller one after each objection, as tracepath does.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/path/path.h"
#include "net/socket/errors.h"
#include "net/socket/open.h"

/* Objections before it gives up: each one has a smaller MTU. */
#define TRIES      8
/* Beyond the longest round trip seen. */
#define GRACE      (50 * NS_PER_MS)
#define IPV4_HEADS 28
#define IPV6_HEADS 48
#define LARGEST    65535

/* -1 with errno. */
static int socket_prepare(struct sink *sink, int fd, const struct address *target)
{
    const int on = 1, discover4 = IP_PMTUDISC_PROBE, discover6 = IPV6_PMTUDISC_PROBE;
    bool six = target->sa.sa_family == AF_INET6;
    int result = six ? CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_RECVERR, on, "1")
                     : CALL_SETSOCKOPT(sink, fd, IPPROTO_IP, IP_RECVERR, on, "1");
    if (result == 0)
        result =
            six ? CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, discover6, "IPV6_PMTUDISC_PROBE")
                : CALL_SETSOCKOPT(sink, fd, IPPROTO_IP, IP_MTU_DISCOVER, discover4, "IP_PMTUDISC_PROBE");
    return result < 0 ? -1 : call_connect(sink, fd, target);
}

static int64_t longest_round_trip(const struct path *path)
{
    int64_t longest = 0;
    for (unsigned hop = 1; hop <= PATH_HOPS; hop++)
        for (unsigned query = 0; query < path->plan->queries; query++)
            if (path->answers[hop][query].rtt > longest)
                longest = path->answers[hop][query].rtt;
    return longest;
}

/* Waits for an objection to so many bytes: the smaller MTU that it has; 0 if there is none in time, another
 * answer, or a signal. */
static unsigned objection_wait(struct path *path, int fd, unsigned sent, int64_t until)
{
    const struct context *context = path->context;
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = context->stop_fd, .events = POLLIN}};
    struct icmp_error icmp;
    struct address to;
    while (!watch_over(context->watch, until)) {
        int ready = watch_poll(context, EVENT_CALL, fds, array_size(fds), until);
        /* It stays for the next wait. */
        if (ready < 0 || fds[1].revents)
            return 0;
        if (ready == 0)
            continue;
        if (!errors_next(context->sink, fd, &icmp, &to) || !icmp.there || icmp.mtu == 0 || icmp.mtu >= sent)
            return 0;
        path->mtu = icmp.mtu;
        path->mtu_from = icmp.offender;
        address_unmap(&path->mtu_from);
        return icmp.mtu;
    }
    return 0;
}

/* The largest datagram that leaves this host, headers included; 0: unknown. The kernel says so when more is
 * sent. */
static unsigned first_size(struct sink *sink, int fd, const char *bytes, unsigned heads)
{
    struct evidence evidence = {.family = 0};
    if (call_send(sink, fd, bytes, LARGEST - heads, MSG_NOSIGNAL) >= 0 || errno != EMSGSIZE)
        return 0;
    errors_take(sink, fd, 0, false, &evidence, NULL);
    return evidence.path_mtu;
}

void path_mtu_ask(struct path *path)
{
    struct sink *sink = path->context->sink;
    struct failure unused;
    static const struct spec spec = {.type = SOCK_DGRAM};
    cleanup_free char *bytes = calloc(1, LARGEST);
    if (!bytes)
        return;
    int fd = socket_open(sink, &spec, path->target, SOCK_NONBLOCK, &path->plan->source, 0, &unused);
    if (fd < 0)
        return;
    unsigned heads = path->target->sa.sa_family == AF_INET6 ? IPV6_HEADS : IPV4_HEADS;
    unsigned mtu = socket_prepare(sink, fd, path->target) < 0 ? 0 : first_size(sink, fd, bytes, heads);
    int64_t wait = longest_round_trip(path) + GRACE;
    for (unsigned tries = 0; tries < TRIES && mtu > heads; tries++) {
        if (call_send(sink, fd, bytes, mtu - heads, MSG_NOSIGNAL) < 0)
            break;
        mtu = objection_wait(path, fd, mtu, watch_now(path->context->watch) + wait);
    }
    call_close(sink, &fd);
}
