/* SPDX-License-Identifier: ISC */
/* Resolves names to addresses: what a host and a service, or a path, stand for. */
#include "net/socket/target.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/stops.h"
#include "call/lookup.h"
#include "net/socket/lookup-limit.h"

static bool is_number(const char *service)
{
    return strspn(service, "+-0123456789 ") == strlen(service);
}

bool service_is_wrong(const struct addrinfo *hints, int eai, const char *host, const char *service)
{
    bool numeric = hints && hints->ai_flags & AI_NUMERICSERV;
    return service && (eai == EAI_SERVICE || !host || (eai == EAI_NONAME && numeric && !is_number(service)));
}

/* What the lookup was for. */
static void hints_keep(struct evidence *evidence, const struct addrinfo *hints)
{
    evidence->flags = hints->ai_flags;
    evidence->type = hints->ai_socktype;
    evidence->family = hints->ai_family;
    evidence->protocol = hints->ai_protocol;
}

static int resolve_fail(struct failure *failure, const struct lookup *lookup, int eai, int64_t began)
{
    const struct addrinfo *hints = lookup->hints;
    /* glibc returns EAI_NONAME if descriptors or memory ran out; only errno shows it. */
    bool counts = eai == EAI_SYSTEM || errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    bool is_service = service_is_wrong(hints, eai, lookup->host, lookup->service);
    int error = counts ? errno : 0;
    *failure = failure_of(PHASE_RESOLVE, "getaddrinfo", NULL, began);
    failure_lookup(failure, is_service ? lookup->service : lookup->host, eai, error);
    failure->evidence.is_service = is_service;
    hints_keep(&failure->evidence, hints);
    return -1;
}

static int call_fail(struct failure *failure, const char *call)
{
    return failure_fill(failure, PHASE_OTHER, call, NULL, 0);
}

/* *failure for a lookup that was given up. */
static int resolve_late(struct failure *failure, const struct lookup *lookup, int64_t began)
{
    *failure = failure_of(PHASE_RESOLVE, "getaddrinfo", NULL, began);
    failure_lookup(failure, lookup->host ? lookup->host : lookup->service, 0, ETIMEDOUT);
    failure->text = "no answer in time";
    failure->gave_up = true;
    failure->evidence.is_service = !lookup->host;
    hints_keep(&failure->evidence, lookup->hints);
    return -1;
}

/* Whether the lookup is answered without asking any source of names. */
static bool is_numeric(const struct lookup *lookup)
{
    const char *host = lookup->host, *service = lookup->service;
    bool host_is = !host || strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0';
    return host_is && (!service || is_number(service));
}

/* Makes the lookup, in a thread where it may take long; see lookup_make_until(). A stop ends the program at
 * once meanwhile. */
static int lookup_try(
    const struct context *context, const struct spec *spec, struct lookup *lookup, int64_t limit)
{
    sigset_t before;
    int result = 1;
    if (context->stop_fd >= 0)
        stops_let_through(&before);
    if (limit == INT64_MAX || spec->numeric || is_numeric(lookup))
        lookup_make(lookup);
    else
        result = lookup_make_until(lookup, context, limit);
    int error = errno;
    if (context->stop_fd >= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    if (result > 0)
        lookup_call_emit(context->sink, lookup);
    errno = error;
    return result;
}

static int by_bytes(const void *a, const void *b)
{
    const struct address *one = a, *other = b;
    if (one->length != other->length)
        return one->length < other->length ? -1 : 1;
    return memcmp(&one->storage, &other->storage, one->length);
}

static void nothing_free(void *item)
{
    (void)item;
}

/* Each address once, in the order of the list. -1 if memory runs out. */
static int targets_fill(struct targets *targets, const struct addrinfo *list)
{
    size_t count = 0;
    void *known = NULL;
    for (const struct addrinfo *node = list; node; node = node->ai_next)
        count++;
    targets->items = calloc(count, sizeof(*targets->items));
    if (!targets->items)
        return -1;
    for (const struct addrinfo *node = list; node; node = node->ai_next) {
        struct address *item = &targets->items[targets->count];
        *item = address_from(node->ai_addr, node->ai_addrlen);
        struct address *const *found = tsearch(item, &known, by_bytes);
        if (!found || *found == item)
            targets->count++;
    }
    tdestroy(known, nothing_free);
    return 0;
}

void targets_free(struct targets *targets)
{
    int saved = errno;
    free(targets->items);
    *targets = (struct targets){.items = NULL};
    errno = saved;
}

int targets_resolve(const struct context *context, const struct spec *spec, const struct question *question,
    struct targets *targets, struct failure *failure)
{
    struct addrinfo hints = {.ai_family = spec->family, .ai_socktype = spec->type};
    struct lookup lookup = {.host = question->host, .service = question->service, .hints = &hints};
    if (question->passive)
        hints.ai_flags |= AI_PASSIVE;
    if (spec->numeric)
        hints.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
    int64_t began = clock_now();
    *targets = (struct targets){.items = NULL};
    int made = lookup_try(context, spec, &lookup, question->limit);
    if (made < 0)
        return call_fail(failure, "poll");
    if (made == 0)
        return resolve_late(failure, &lookup, began);
    errno = lookup.error;
    if (lookup.code)
        return resolve_fail(failure, &lookup, lookup.code, began);
    int result = targets_fill(targets, lookup.list);
    freeaddrinfo(lookup.list);
    return result < 0 ? resolve_fail(failure, &lookup, EAI_MEMORY, began) : 0;
}

/* A path needs no lookup. */
static int targets_unix(struct targets *targets, const char *path)
{
    targets->items = calloc(1, sizeof(*targets->items));
    if (!targets->items)
        return -1;
    address_unix(&targets->items[0], path);
    targets->count = 1;
    return 0;
}

/* The next address from a place on that is, or is not, of a family. */
static size_t next_of(const struct targets *targets, size_t at, sa_family_t family, bool is)
{
    while (at < targets->count && (targets->items[at].sa.sa_family == family) != is)
        at++;
    return at;
}

/* Orders the families alternately, beginning with the first one's (RFC 8305, section 4). */
static int targets_interleave(struct targets *targets)
{
    struct targets turned = {.items = calloc(targets->count, sizeof(*turned.items))};
    sa_family_t first = targets->items[0].sa.sa_family;
    size_t next[2] = {next_of(targets, 0, first, false), next_of(targets, 0, first, true)};
    if (!turned.items)
        return -1;
    for (bool of_first = true; turned.count < targets->count; of_first = !of_first) {
        if (next[of_first] == targets->count)
            continue;
        turned.items[turned.count++] = targets->items[next[of_first]];
        next[of_first] = next_of(targets, next[of_first] + 1, first, of_first);
    }
    targets_free(targets);
    *targets = turned;
    return 0;
}

static bool has_family(const struct targets *targets, const struct address *address)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->items[i].sa.sa_family == address->sa.sa_family)
            return true;
    return false;
}

/* Drops targets whose family has no local address, unless that would drop all. */
static void targets_match(struct targets *targets, const struct targets *sources)
{
    size_t kept = 0;
    bool some = false;
    for (size_t i = 0; i < targets->count; i++)
        some |= has_family(sources, &targets->items[i]);
    for (size_t i = 0; some && i < targets->count; i++)
        if (has_family(sources, &targets->items[i]))
            targets->items[kept++] = targets->items[i];
    if (some)
        targets->count = kept;
}

int targets_of(const struct context *context, const struct spec *spec, int64_t limit, struct targets *targets,
    struct targets *sources, struct failure *failure)
{
    *targets = *sources = (struct targets){.items = NULL};
    if (spec->family == AF_UNIX) {
        if (targets_unix(targets, spec->path) < 0 ||
            (spec->source_host && targets_unix(sources, spec->source_host) < 0))
            return call_fail(failure, "malloc");
        return 0;
    }
    const struct question peer = {.host = spec->host, .service = spec->service, .limit = limit};
    if (targets_resolve(context, spec, &peer, targets, failure) < 0)
        return -1;
    if (targets_interleave(targets) < 0)
        return call_fail(failure, "malloc");
    if (!spec->source_host && !spec->source_service)
        return 0;
    const struct question source = {.host = spec->source_host,
        .service = spec->source_service ? spec->source_service : "0",
        .passive = true,
        .limit = limit};
    if (targets_resolve(context, spec, &source, sources, failure) < 0)
        return -1;
    targets_match(targets, sources);
    return 0;
}

int64_t targets_limit(const struct context *context, const struct spec *spec)
{
    return spec->connect_timeout < 0 ? INT64_MAX : watch_now(context->watch) + spec->connect_timeout;
}

struct address target_source(
    const struct spec *spec, const struct targets *sources, const struct address *peer)
{
    for (size_t i = 0; i < sources->count; i++)
        if (sources->items[i].sa.sa_family == peer->sa.sa_family)
            return sources->items[i];
    if (sources->count)
        return sources->items[0]; /* which the kernel refuses */
    struct address none = {.length = 0};
    if (peer->sa.sa_family == AF_UNIX && spec->type == SOCK_DGRAM) {
        none.sa.sa_family = AF_UNIX;
        none.length = sizeof(sa_family_t);
    }
    return none;
}

bool service_check(const char *service, int minimum, char *error, size_t size)
{
    const char *why;
    long long number;
    if (!*service) {
        snprintf(error, size, "the port is empty");
        return false;
    }
    if (!is_number(service) || number_parse(service, minimum, 65535, &number, &why))
        return true;
    snprintf(error, size, "port '%s' is %s (%d to 65535, or a service name)", service, why, minimum);
    return false;
}

void targets_choose(struct sink *sink, struct targets *targets)
{
    struct address from;
    size_t chosen = 0;
    while (chosen < targets->count && address_source(sink, &targets->items[chosen], &from) < 0)
        chosen++;
    if (chosen < targets->count)
        targets->items[0] = targets->items[chosen];
    targets->count = 1;
}
