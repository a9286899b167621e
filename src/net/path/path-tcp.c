/* SPDX-License-Identifier: ISC */
/* Asks the hops of a path with connect(2): one socket, and so one local port, for each query of a hop. */
#include <errno.h>

#include "base/number.h"
#include "call/call.h"
#include "net/watch/timing.h"
#include "net/path/queries.h"
#include "net/socket/errors.h"
#include "net/socket/evidence.h"
#include "net/socket/handshake.h"

static int tcp_ask(struct queries *queries, unsigned hop, unsigned query)
{
    struct path *path = queries->path;
    struct sink *sink = path->context->sink;
    struct asker *asker = &queries->askers[queries->count];
    *asker = (struct asker){.fd = -1, .hop = hop, .query = query};
    if (asker_open(queries, asker) < 0)
        return -1;
    queries->count++;
    const struct asked asked = asked_now();
    if (hops_limit(sink, asker->fd, path->target->sa.sa_family, hop) < 0 ||
        (call_connect(sink, asker->fd, path->target) < 0 && errno != EINPROGRESS)) {
        failure_fill(path->failure, PHASE_CONNECT, "connect", path->target, asked.clock);
        failure_close(sink, &asker->fd, path->failure);
        return -1;
    }
    queries->asked[hop][query] = asked;
    asker->waits = true;
    return 0;
}

static int tcp_take(struct queries *queries, struct asker *asker)
{
    struct path *path = queries->path;
    struct sink *sink = path->context->sink;
    struct evidence evidence = {.family = 0};
    const struct asked *asked = &queries->asked[asker->hop][asker->query];
    int64_t now = clock_now();
    int error = call_socket_error(sink, asker->fd);
    if (error < 0)
        error = errno;
    if (error > 0 && handshake_passed(asker->fd))
        error = 0; /* what came after it is not about the path */
    const struct timing timing = timing_of(asker->fd, asked->clock, now);
    struct path_answer answer = {.said = PATH_ICMP, .error = error, .rtt = timing.elapsed};
    if (error != 0)
        errors_take(sink, asker->fd, 0, false, &evidence, NULL);
    if (evidence.icmp.there)
        answer = answer_of_icmp(&evidence.icmp, asked);
    else if (error == 0 || error == ECONNREFUSED)
        answer.said = error ? PATH_CLOSED : PATH_OPEN;
    if (answer.said == PATH_OPEN || answer.said == PATH_CLOSED)
        answer.from = *path->target;
    if (timing.resent)
        answer.rtt = -1;
    /* The kernel gave up: silence. */
    if (answer.is_icmp || answer.error != ETIMEDOUT)
        answer_note(path, asker->hop, asker->query, &answer);
    call_close(sink, &asker->fd);
    asker->waits = false;
    return 0;
}

const struct path_protocol path_tcp = {.ask = tcp_ask, .take = tcp_take};
