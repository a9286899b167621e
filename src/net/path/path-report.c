/* SPDX-License-Identifier: ISC */
/* What the answers of a path amount to: a line a hop, and how it ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/icmp.h"
#include "net/path/names.h"
#include "net/path/path.h"

/* Names that take longer are left out. */
#define NAMES_LIMIT NS_PER_S

static bool same_answer(const struct path_answer *a, const struct path_answer *b)
{
    return a->said == b->said && a->error == b->error && a->type == b->type && a->code == b->code &&
           a->from.length == b->from.length && (a->from.length == 0 || address_equal(&a->from, &b->from));
}

/* The first answer of the hop that is none of a router on the way; NULL if there is none. */
static const struct path_answer *final_answer(const struct path *path, unsigned hop)
{
    for (unsigned query = 0; query < path->plan->queries; query++)
        if (path->answers[hop][query].said > PATH_EXCEEDED)
            return &path->answers[hop][query];
    return NULL;
}

static bool is_from(const struct path *path, unsigned hop, const struct address *from)
{
    for (unsigned query = 0; query < path->plan->queries; query++) {
        const struct path_answer *answer = &path->answers[hop][query];
        if (answer->said != PATH_SILENT && answer->from.length && address_equal(&answer->from, from))
            return true;
    }
    return false;
}

static bool has_answer(const struct path *path, unsigned hop)
{
    for (unsigned query = 0; query < path->plan->queries; query++)
        if (path->answers[hop][query].said != PATH_SILENT)
            return true;
    return false;
}

/* Whether another router, and never this one, answered at a hop between the two. */
static bool is_left(const struct path *path, unsigned before, unsigned hop, const struct address *from)
{
    for (unsigned between = before + 1; between < hop; between++)
        if (has_answer(path, between) && !is_from(path, between, from))
            return true;
    return false;
}

/* The answer of a router that answered before, with another one in between: a packet came back to it. NULL if
 * there is none. On ways of different lengths a router may stand at two hops: a loop passes it once more. */
static const struct path_answer *loop_answer(const struct path *path, unsigned hop)
{
    for (unsigned query = 0; query < path->plan->queries; query++) {
        const struct path_answer *answer = &path->answers[hop][query];
        bool is_router = answer->said == PATH_EXCEEDED && answer->from.length > 0;
        bool back = false, again = false;
        for (unsigned before = 1; is_router && before + 1 < hop; before++)
            back =
                back || (is_from(path, before, &answer->from) && is_left(path, before, hop, &answer->from));
        for (unsigned after = hop + 2; back && after <= PATH_HOPS; after++)
            again = again || is_from(path, after, &answer->from);
        if (again)
            return answer;
    }
    return NULL;
}

struct path_end path_end_of(const struct path *path)
{
    struct path_end end = {.said = PATH_SILENT};
    for (unsigned hop = 1; hop <= PATH_HOPS; hop++) {
        const struct path_answer *answer = final_answer(path, hop);
        if (answer)
            return (struct path_end){.said = answer->said, .hop = hop, .answer = answer};
    }
    for (unsigned hop = 1; hop <= PATH_HOPS; hop++) {
        const struct path_answer *loop = loop_answer(path, hop);
        if (loop)
            return (struct path_end){.said = PATH_EXCEEDED, .hop = hop, .loop = true, .answer = loop};
        if (has_answer(path, hop))
            end.hop = hop;
    }
    return end;
}

static void queries_text(const struct path *path, unsigned hop, unsigned first, char *text, size_t size)
{
    size_t used = 0;
    for (unsigned query = first; query < path->plan->queries && used < size; query++)
        if (same_answer(&path->answers[hop][query], &path->answers[hop][first]))
            used += (size_t)snprintf(text + used, size - used, "%s%u", used ? ", " : "", query + 1);
}

static const char *answer_state(const struct path_answer *answer)
{
    return answer->said == PATH_OPEN     ? "open"
           : answer->said == PATH_CLOSED ? "closed"
           : answer->said == PATH_ICMP   ? "unreachable"
                                         : NULL;
}

/* One line: those queries of a hop that had the same answer as the first of them. */
static void answer_emit(
    const struct path *path, const struct path_names *names, unsigned hop, unsigned first, bool alone)
{
    const struct path_answer *answer = &path->answers[hop][first];
    int64_t times[PATH_QUERIES];
    size_t count = 0;
    char host[ADDRESS_TEXT_MAX], queries[4 * PATH_QUERIES];
    for (unsigned query = first; query < path->plan->queries; query++)
        if (same_answer(answer, &path->answers[hop][query]) && path->answers[hop][query].rtt >= 0)
            times[count++] = path->answers[hop][query].rtt;
    queries_text(path, hop, first, queries, sizeof(queries));
    emit(path->context->sink, EVENT_HOP, F_INT("hop", hop),
        F_TEXT("host", answer->from.length ? address_host(&answer->from, host, sizeof(host)) : NULL),
        F_FOREIGN("name", path_names_of(names, &answer->from)),
        count ? F_TIMES("rtts", times, count) : F_NONE, F_TEXT("state", answer_state(answer)),
        answer->is_icmp && (answer->said != PATH_EXCEEDED || path->context->sink->json)
            ? F_TEXT("icmp", icmp_name(path->target->sa.sa_family, answer->type, answer->code))
            : F_NONE,
        answer->said == PATH_ICMP ? F_ERRNO(answer->error) : F_NONE,
        alone ? F_NONE : F_TEXT("queries", queries));
}

static void hop_emit(const struct path *path, const struct path_names *names, unsigned hop)
{
    unsigned kinds = 0;
    bool is_first[PATH_QUERIES];
    for (unsigned query = 0; query < path->plan->queries; query++) {
        const struct path_answer *answer = &path->answers[hop][query];
        is_first[query] = answer->said != PATH_SILENT;
        for (unsigned before = 0; before < query; before++)
            is_first[query] = is_first[query] && !same_answer(answer, &path->answers[hop][before]);
        kinds += is_first[query];
    }
    if (kinds == 0)
        emit(path->context->sink, EVENT_HOP, F_INT("hop", hop), F_TEXT("state", "silent"));
    for (unsigned query = 0; query < path->plan->queries; query++)
        if (is_first[query])
            answer_emit(path, names, hop, query, kinds == 1);
}

/* The sentence that says how it ends. */
static void end_text(const struct path *path, const struct path_end *end, char *text, size_t size)
{
    char from[ADDRESS_TEXT_MAX] = "this host";
    const struct path_answer *answer = end->answer;
    bool datagram = path->plan->spec->type == SOCK_DGRAM;
    if (answer && answer->from.length)
        address_host(&answer->from, from, sizeof(from));
    if (end->loop)
        snprintf(text, size, "a loop: %s is passed again at hop %u", from, end->hop);
    else if (end->said == PATH_OPEN && datagram)
        snprintf(text, size, "open at hop %u or beyond", end->hop);
    else if (end->said == PATH_OPEN)
        snprintf(text, size, "open at hop %u", end->hop);
    else if (end->said == PATH_CLOSED && datagram)
        snprintf(text, size, "closed at hop %u: it says that the port is unreachable", end->hop);
    else if (end->said == PATH_CLOSED)
        snprintf(
            text, size, "closed at hop %u by RST (from the host, or from a firewall in its name)", end->hop);
    else if (end->said == PATH_ICMP && answer->is_icmp)
        snprintf(text, size, "unreachable at hop %u: %s says %s", end->hop, from,
            icmp_name(path->target->sa.sa_family, answer->type, answer->code));
    else if (end->said == PATH_ICMP)
        snprintf(text, size, "unreachable: %s", strerror(answer->error));
    else if (end->hop == 0)
        snprintf(text, size, "no hop has answered");
    else
        snprintf(text, size, "nothing answers beyond hop %u", end->hop);
}

static struct path_names *names_of(const struct path *path, unsigned hops)
{
    cleanup_free struct address *addresses = calloc(PATH_HOPS * PATH_QUERIES, sizeof(*addresses));
    size_t count = 0;
    if (!addresses)
        return NULL;
    for (unsigned hop = 1; hop <= hops; hop++)
        for (unsigned query = 0; query < path->plan->queries; query++) {
            const struct address *from = &path->answers[hop][query].from;
            bool known = path->answers[hop][query].said == PATH_SILENT || from->length == 0;
            for (size_t i = 0; i < count && !known; i++)
                known = address_equal(&addresses[i], from);
            if (!known)
                addresses[count++] = *from;
        }
    return path_names_find(path->context, addresses, count, NAMES_LIMIT);
}

void path_emit(const struct path *path, const struct path_end *end, bool named, int64_t elapsed)
{
    char text[ADDRESS_TEXT_MAX + 128], mtu_from[ADDRESS_TEXT_MAX];
    bool silent = end->said == PATH_SILENT, datagram = path->plan->spec->type == SOCK_DGRAM;
    unsigned last = silent && end->hop < PATH_HOPS ? end->hop + 1 : end->hop;
    named = named && !path->plan->spec->numeric && sink_wants(path->context->sink, EVENT_HOP);
    struct path_names *names = named ? names_of(path, last) : NULL;
    for (unsigned hop = 1; hop <= last; hop++)
        hop_emit(path, names, hop);
    path_names_free(names);
    end_text(path, end, text, sizeof(text));
    emit(path->context->sink, EVENT_PATH, F_ADDRESS("address", path->target), F_INT("hops", end->hop),
        F_TEXT("state", end->loop            ? "unreachable"
                        : silent && datagram ? "silent"
                        : silent             ? "filtered"
                                             : answer_state(end->answer)),
        F_TRUE("loop", end->loop), F_TEXT("text", text), path->mtu ? F_INT("mtu", path->mtu) : F_NONE,
        F_TEXT("mtu_host", path->mtu && path->mtu_from.length
                               ? address_host(&path->mtu_from, mtu_from, sizeof(mtu_from))
                               : NULL),
        F_TIME("elapsed", elapsed));
}
