/* SPDX-License-Identifier: ISC */
/*
 * Asks the hops of a path with datagrams: one socket, and so one local port, for all hops of a query, which
 * therefore go the same way where a router chooses by ports. Each datagram is as many bytes long as it may
 * pass hops, each byte that number: a router quotes at least the first (RFC 1812, section 4.3.2.3).
 */
#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "call/call.h"
#include "net/path/queries.h"
#include "net/socket/errors.h"

static struct asker *asker_of(struct queries *queries, unsigned query)
{
    for (size_t i = 0; i < queries->count; i++)
        if (queries->askers[i].query == query)
            return &queries->askers[i];
    return NULL;
}

static struct asker *asker_make(struct queries *queries, unsigned query)
{
    struct asker *asker = &queries->askers[queries->count];
    *asker = (struct asker){.fd = -1, .query = query};
    if (asker_open(queries, asker) < 0)
        return NULL;
    asker->waits = true;
    queries->count++;
    return asker;
}

/* All errors in the queue. -1 with the failure if it cannot be read: that is not silence. */
static int errors_handle(struct queries *queries, const struct asker *asker)
{
    struct path *path = queries->path;
    struct icmp_error icmp;
    struct address to;
    unsigned char hop;
    size_t length;
    while (errors_next_quoted(path->context->sink, asker->fd, &icmp, &to, &hop, sizeof(hop), &length)) {
        if (!icmp.there || length == 0 || hop == 0 || hop > PATH_HOPS)
            continue;
        struct path_answer answer = answer_of_icmp(&icmp, &queries->asked[hop][asker->query]);
        struct address from = answer.from;
        address_set_port(&from, address_port(path->target));
        bool port =
            icmp.family == AF_INET ? icmp.type == 3 && icmp.code == 3 : icmp.type == 1 && icmp.code == 4;
        if (port && address_equal(&from, path->target))
            answer.said = PATH_CLOSED;
        answer_note(path, hop, asker->query, &answer);
    }
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    return failure_fill(path->failure, PHASE_OTHER, "recvmsg", path->target, 0);
}

static int udp_ask(struct queries *queries, unsigned hop, unsigned query)
{
    struct path *path = queries->path;
    struct sink *sink = path->context->sink;
    struct asker *asker = asker_of(queries, query);
    char bytes[PATH_HOPS];
    if (!asker && !(asker = asker_make(queries, query)))
        return -1;
    memset(bytes, (int)hop, hop);
    queries->asked[hop][query] = asked_now();
    if (hops_limit(sink, asker->fd, path->target->sa.sa_family, hop) < 0)
        return failure_fill(path->failure, PHASE_OTHER, "setsockopt", path->target, 0);
    /* The first call may return the error of an earlier datagram instead. */
    for (unsigned tries = 0; tries < 3; tries++) {
        if (call_sendto(sink, asker->fd, bytes, hop, MSG_NOSIGNAL, path->target) >= 0)
            return 0;
        int error = errno;
        if (errors_handle(queries, asker) < 0)
            return -1;
        errno = error;
    }
    return failure_fill(path->failure, PHASE_DATAGRAM, "sendto", path->target, 0);
}

/* The hop of the target if it was not said: the one after the last that answered. */
static unsigned hop_beyond(const struct path *path)
{
    unsigned beyond = 1;
    for (unsigned hop = 1; hop < PATH_HOPS; hop++)
        for (unsigned query = 0; query < path->plan->queries; query++)
            if (path->answers[hop][query].said == PATH_EXCEEDED)
                beyond = hop + 1;
    return beyond;
}

static int udp_take(struct queries *queries, struct asker *asker)
{
    struct path *path = queries->path;
    struct address from;
    char byte;
    if (errors_handle(queries, asker) < 0)
        return -1;
    while (call_recvfrom(path->context->sink, asker->fd, &byte, sizeof(byte), MSG_DONTWAIT, &from) >= 0) {
        if (!address_equal(&from, path->target))
            continue;
        unsigned hop = hop_beyond(path);
        const struct path_answer answer = {
            .said = PATH_OPEN, .from = from, .rtt = clock_now() - queries->asked[hop][asker->query].clock};
        answer_note(path, hop, asker->query, &answer);
    }
    return 0;
}

const struct path_protocol path_udp = {.ask = udp_ask, .take = udp_take};
