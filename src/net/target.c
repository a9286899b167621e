/* Names to addresses: what a host and a service, or a path, stand for. */
#include "net/target.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "net/call.h"
#include "net/output.h"

static int resolve_fail(struct failure *failure, const char *name, int eai, int error, int64_t began)
{
    /* glibc hides exhausted descriptors and memory behind EAI_NONAME; only errno tells. */
    bool counts = eai == EAI_SYSTEM || error == EMFILE || error == ENFILE || error == ENOMEM;
    *failure = (struct failure){.phase = PHASE_RESOLVE,
        .call = "getaddrinfo",
        .name = name,
        .eai = eai,
        .error = counts ? error : 0,
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
        hints.ai_flags |= AI_NUMERICHOST;
    int64_t began = clock_now();
    sigset_t before;
    if (spec->stop_fd >= 0)
        stops_let_through(&before);
    int eai = call_getaddrinfo(sink, host, service, &hints, &list);
    if (spec->stop_fd >= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    if (eai)
        return resolve_fail(failure, eai == EAI_SERVICE || !host ? service : host, eai, errno, began);
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

void targets_interleave(struct targets *targets)
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

bool service_check(const char *service, int minimum, char *error, size_t size)
{
    const char *why;
    long long number;
    if (!*service) {
        snprintf(error, size, "the port is empty");
        return false;
    }
    if (strspn(service, "+-0123456789 ") != strlen(service) ||
        number_parse(service, minimum, 65535, &number, &why))
        return true;
    snprintf(error, size, "port '%s' is %s (%d to 65535, or a service name)", service, why, minimum);
    return false;
}
