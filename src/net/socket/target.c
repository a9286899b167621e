/* Resolves names to addresses: what a host and a service, or a path, stand for. */
#include "net/socket/target.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"

static bool is_number(const char *service)
{
    return strspn(service, "+-0123456789 ") == strlen(service);
}

bool service_is_wrong(const struct addrinfo *hints, int eai, const char *host, const char *service)
{
    bool numeric = hints && hints->ai_flags & AI_NUMERICSERV;
    return service && (eai == EAI_SERVICE || !host || (eai == EAI_NONAME && numeric && !is_number(service)));
}

static int resolve_fail(const struct addrinfo *hints, struct failure *failure, const char *host,
    const char *service, int eai, int64_t began)
{
    /* glibc returns EAI_NONAME if descriptors or memory ran out; only errno shows it. */
    bool counts = eai == EAI_SYSTEM || errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    bool is_service = service_is_wrong(hints, eai, host, service);
    *failure = (struct failure){.phase = PHASE_RESOLVE,
        .call = "getaddrinfo",
        .name = is_service ? service : host,
        .eai = eai,
        .error = counts ? errno : 0,
        .is_service = is_service,
        .flags = hints->ai_flags,
        .type = hints->ai_socktype,
        .evidence = {.family = hints->ai_family, .protocol = hints->ai_protocol},
        .elapsed = clock_now() - began};
    return -1;
}

int targets_resolve(struct sink *sink, const struct spec *spec, const char *host, const char *service,
    bool passive, struct targets *targets, struct failure *failure)
{
    struct addrinfo *list;
    struct addrinfo hints = {.ai_family = spec->family, .ai_socktype = spec->type};
    if (passive)
        hints.ai_flags |= AI_PASSIVE;
    if (spec->numeric)
        hints.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
    int64_t began = clock_now();
    sigset_t before;
    if (spec->stop_fd >= 0)
        stops_let_through(&before);
    int eai = call_getaddrinfo(sink, host, service, &hints, &list);
    if (spec->stop_fd >= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    if (eai)
        return resolve_fail(&hints, failure, host, service, eai, began);
    targets->count = 0;
    for (const struct addrinfo *node = list; node && targets->count < TARGETS_MAX; node = node->ai_next) {
        struct address address = address_from(node->ai_addr, node->ai_addrlen);
        bool known = false;
        for (size_t i = 0; i < targets->count; i++)
            known |= address_equal(&targets->items[i], &address);
        if (!known)
            targets->items[targets->count++] = address;
    }
    freeaddrinfo(list);
    return 0;
}

/* Orders the families alternately, beginning with the first one's (RFC 8305, section 4). */
static void targets_interleave(struct targets *targets)
{
    for (size_t i = 1; i < targets->count; i++) {
        sa_family_t before = targets->items[i - 1].sa.sa_family;
        size_t other = i;
        while (other < targets->count && targets->items[other].sa.sa_family == before)
            other++;
        if (other == targets->count)
            return;
        struct address moved = targets->items[other];
        memmove(&targets->items[i + 1], &targets->items[i], (other - i) * sizeof(moved));
        targets->items[i] = moved;
    }
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
    struct targets kept = {.count = 0};
    for (size_t i = 0; i < targets->count; i++)
        if (has_family(sources, &targets->items[i]))
            kept.items[kept.count++] = targets->items[i];
    if (kept.count)
        *targets = kept;
}

int targets_of(struct sink *sink, const struct spec *spec, struct targets *targets, struct targets *sources,
    struct failure *failure)
{
    sources->count = 0;
    if (spec->family == AF_UNIX) {
        targets->count = 1;
        address_unix(&targets->items[0], spec->path);
        sources->count = spec->source_host ? 1 : 0;
        if (spec->source_host)
            address_unix(&sources->items[0], spec->source_host);
        return 0;
    }
    if (targets_resolve(sink, spec, spec->host, spec->service, false, targets, failure) < 0)
        return -1;
    targets_interleave(targets);
    if (!spec->source_host && !spec->source_service)
        return 0;
    const char *service = spec->source_service ? spec->source_service : "0";
    if (targets_resolve(sink, spec, spec->source_host, service, true, sources, failure) < 0)
        return -1;
    targets_match(targets, sources);
    return 0;
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
