/* SPDX-License-Identifier: ISC */
/* What TCP and UDP share in asking the hops of a path. */
#include "net/path/queries.h"

#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "base/number.h"
#include "call/call.h"
#include "net/socket/open.h"

int hops_limit(struct sink *sink, int fd, int family, unsigned hop)
{
    const int value = (int)hop;
    char text[16];
    snprintf(text, sizeof(text), "%u", hop);
    if (family == AF_INET6)
        return CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, value, text);
    return CALL_SETSOCKOPT(sink, fd, IPPROTO_IP, IP_TTL, value, text);
}

int asker_open(struct queries *queries, struct asker *asker)
{
    const struct path *path = queries->path;
    struct sink *sink = path->context->sink;
    const int on = 1;
    asker->fd = socket_open(
        sink, path->plan->spec, path->target, SOCK_NONBLOCK, &path->plan->source, 0, path->failure);
    if (asker->fd < 0)
        return -1;
    int result = path->target->sa.sa_family == AF_INET6
                     ? CALL_SETSOCKOPT(sink, asker->fd, IPPROTO_IPV6, IPV6_RECVERR, on, "1")
                     : CALL_SETSOCKOPT(sink, asker->fd, IPPROTO_IP, IP_RECVERR, on, "1");
    /* Without it, answers are as late as this program. */
    CALL_SETSOCKOPT(sink, asker->fd, SOL_SOCKET, SO_TIMESTAMPNS, on, "1");
    if (result == 0)
        return 0;
    failure_fill(path->failure, PHASE_OTHER, "setsockopt", path->target, 0);
    call_close(sink, &asker->fd);
    return -1;
}

struct asked asked_now(void)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    return (struct asked){.clock = clock_now(), .wall = (int64_t)wall.tv_sec * NS_PER_S + wall.tv_nsec};
}

/* The clock of the day may be set meanwhile. */
static int64_t round_trip(const struct icmp_error *icmp, const struct asked *asked)
{
    int64_t elapsed = clock_now() - asked->clock, arrived = icmp->arrived - asked->wall;
    return icmp->arrived && arrived > 0 && arrived < elapsed ? arrived : elapsed;
}

struct path_answer answer_of_icmp(const struct icmp_error *icmp, const struct asked *asked)
{
    bool exceeded =
        icmp->family == AF_INET ? icmp->type == 11 && icmp->code == 0 : icmp->type == 3 && icmp->code == 0;
    struct path_answer answer = {.said = exceeded ? PATH_EXCEEDED : PATH_ICMP,
        .is_icmp = true,
        .error = icmp->error,
        .type = icmp->type,
        .code = icmp->code,
        .from = icmp->offender,
        .rtt = round_trip(icmp, asked)};
    address_unmap(&answer.from);
    return answer;
}

void answer_note(struct path *path, unsigned hop, unsigned query, const struct path_answer *answer)
{
    struct path_answer *known = &path->answers[hop][query];
    bool was_early = known->said == PATH_OPEN && answer->said == PATH_EXCEEDED;
    /* A datagram that answers does not say how far it came: this router is on the way. */
    for (unsigned next = hop + 1; was_early && next <= PATH_HOPS; next++)
        if (path->answers[next][query].said != PATH_EXCEEDED) {
            answer_note(path, next, query, known);
            break;
        }
    if (was_early || known->said == PATH_SILENT)
        *known = *answer;
}
