/* SPDX-License-Identifier: ISC */
/* Asks all hops of a path at once, and waits for their answers; see path.h. */
#include "net/path/path.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "net/path/queries.h"
#include "net/socket/open.h"

/* A hop that is silent for longer is called so. */
#define TIMEOUT     NS_PER_S
/* If nothing more is heard for so long, or for half of a shorter limit, the second query begins without
 * knowing how far the target is. */
#define QUIET_LIMIT (300 * NS_PER_MS)

/* How far the target is, or whatever else ends the path: 0 if that is not known yet. */
static unsigned path_length(const struct path *path)
{
    for (unsigned hop = 1; hop <= PATH_HOPS; hop++)
        for (unsigned query = 0; query < path->plan->queries; query++)
            if (path->answers[hop][query].said > PATH_EXCEEDED)
                return hop;
    return 0;
}

/* The hop after the last that answered. */
static unsigned path_frontier(const struct path *path)
{
    unsigned frontier = 1;
    for (unsigned hop = 1; hop < PATH_HOPS; hop++)
        if (path->answers[hop][0].said != PATH_SILENT)
            frontier = hop + 1;
    return frontier;
}

/* Whether every hop that was asked, as far as the path is known to go, has answered. */
static bool is_complete(const struct queries *queries, unsigned length)
{
    for (unsigned hop = 1; hop <= length; hop++)
        for (unsigned query = 0; query < queries->path->plan->queries; query++)
            if (queries->path->answers[hop][query].said == PATH_SILENT)
                return false;
    return length > 0;
}

/* Serves what is ready until the time: answers come, 0; 1 if something came, a signal + 1, or -1. */
static int answers_wait(struct queries *queries, const struct path_protocol *protocol, int64_t until)
{
    const struct context *context = queries->path->context;
    struct pollfd fds[PATH_HOPS * PATH_QUERIES + 1];
    for (size_t i = 0; i < queries->count; i++)
        fds[i] = (struct pollfd){.fd = queries->askers[i].waits ? queries->askers[i].fd : -1,
            .events = queries->askers[i].hop ? POLLOUT : POLLIN};
    fds[queries->count] = (struct pollfd){.fd = context->stop_fd, .events = POLLIN};
    int ready = watch_poll(context, EVENT_CALL, fds, queries->count + 1, until);
    if (ready < 0)
        return failure_fill(queries->path->failure, PHASE_OTHER, "poll", NULL, 0);
    if (fds[queries->count].revents)
        return 1 + stop_read(context->stop_fd);
    for (size_t i = 0; i < queries->count; i++)
        if (fds[i].revents && protocol->take(queries, &queries->askers[i]) < 0)
            return -1;
    return ready > 0;
}

/* The queries from first to before last, to the hops from after to up to length. */
static int hops_ask(struct queries *queries, const struct path_protocol *protocol, unsigned first,
    unsigned last, unsigned after, unsigned length)
{
    int result = 0;
    for (unsigned query = first; query < last; query++)
        for (unsigned hop = after + 1; hop <= length && result == 0; hop++)
            result = protocol->ask(queries, hop, query);
    return result;
}

/* The first query, to all hops, and the others as soon as it is known how far to ask. */
static int queries_run(struct queries *queries, const struct path_protocol *protocol)
{
    struct path *path = queries->path;
    struct watch_list *watch = path->context->watch;
    const struct spec *spec = path->plan->spec;
    int64_t timeout = spec->connect_timeout >= 0 ? spec->connect_timeout : TIMEOUT;
    int64_t quiet = timeout / 2 < QUIET_LIMIT ? timeout / 2 : QUIET_LIMIT;
    if (hops_ask(queries, protocol, 0, 1, 0, PATH_HOPS) < 0)
        return -1;
    int64_t heard = watch_now(watch), until = heard + timeout;
    unsigned asked = 0; /* hops, by the other queries */
    while (!watch_over(watch, until)) {
        unsigned length = path_length(path), wanted = length;
        if (!length && asked == 0 && watch_over(watch, heard + quiet))
            wanted = path_frontier(path);
        if (wanted > asked && path->plan->queries > 1) {
            if (hops_ask(queries, protocol, 1, path->plan->queries, asked, wanted) < 0)
                return -1;
            asked = wanted;
            until = watch_now(watch) + timeout;
        }
        if (is_complete(queries, length))
            return 0;
        int result = answers_wait(queries, protocol, asked ? until : time_earlier(until, heard + quiet));
        if (result < 0 || result > 1)
            return result < 0 ? -1 : result - 1;
        if (result)
            heard = watch_now(watch);
    }
    return 0;
}

int path_ask(struct path *path)
{
    cleanup_free struct queries *queries = calloc(1, sizeof(*queries));
    if (!queries)
        return failure_fill(path->failure, PHASE_OTHER, "calloc", NULL, 0);
    queries->path = path;
    descriptors_raise();
    int result = queries_run(queries, path->plan->spec->type == SOCK_DGRAM ? &path_udp : &path_tcp);
    for (size_t i = 0; i < queries->count; i++)
        call_close(path->context->sink, &queries->askers[i].fd);
    return result;
}
