/* SPDX-License-Identifier: ISC */
/* Which class a failure belongs to, by its phase and its errno. */
#include "why/failure.h"

#include <errno.h>

#include "base/number.h"

/* The class of a connect, and of a datagram, whose answers come back as errors. */
static enum failure_class connect_class(int error, bool is_unix)
{
    switch (error) {
    case ECONNREFUSED: return FAILURE_REFUSED;
    case ETIMEDOUT: return FAILURE_TIMED_OUT;
    /* Unix: the listener's backlog stays full. UDP: no local port is free. */
    case EAGAIN: return is_unix ? FAILURE_TIMED_OUT : FAILURE_LOCAL;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:
    case EPERM:
    case ENOPROTOOPT: /* both are answers by ICMP */
    case EPROTO:
    case EINVAL: /* a blackhole route */
    case ENOENT:
    case ENOTDIR: return FAILURE_UNREACHABLE;
    case EADDRNOTAVAIL: return FAILURE_LOCAL;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return FAILURE_BROKEN;
    default: return FAILURE_OTHER;
    }
}

enum failure_class failure_class(const struct failure *failure)
{
    if (failure->gave_up)
        return FAILURE_TIMED_OUT;
    switch (failure->phase) {
    case PHASE_RESOLVE: return FAILURE_RESOLVE;
    case PHASE_LOCAL: return FAILURE_LOCAL;
    case PHASE_CONNECT:
    case PHASE_DATAGRAM:
        return connect_class(
            failure->error, failure->address.length > 0 && failure->address.sa.sa_family == AF_UNIX);
    case PHASE_STREAM: return FAILURE_BROKEN;
    case PHASE_NONE:
    case PHASE_ACCEPT:
    case PHASE_OUTPUT:
    case PHASE_OTHER: break;
    }
    return FAILURE_OTHER;
}

const struct address *failure_own_end(const struct failure *failure)
{
    const struct address *local = &failure->evidence.local;
    bool named = local->length > sizeof(sa_family_t) && address_port(local) != 0;
    return named && !address_equal(local, &failure->address) ? local : NULL;
}

bool failure_is_limit(const struct failure *failure)
{
    return failure->gave_up && (failure->phase == PHASE_STREAM || failure->phase == PHASE_DATAGRAM ||
                                   failure->phase == PHASE_ACCEPT);
}

struct failure failure_of(
    enum failure_phase phase, const char *call, const struct address *address, int64_t began)
{
    struct failure failure = {.phase = phase, .call = call, .error = errno};
    if (address)
        failure.address = *address;
    failure.evidence.ended = clock_now();
    if (began)
        failure.elapsed = failure.evidence.ended - began;
    return failure;
}

int64_t failure_elapsed(const struct failure *failure)
{
    return failure->elapsed > 0 ? failure->elapsed : -1;
}

int64_t failure_waited(const struct failure *failure)
{
    return failure->evidence.waited > 0 ? failure->evidence.waited : failure_elapsed(failure);
}

int failure_fill(struct failure *failure, enum failure_phase phase, const char *call,
    const struct address *address, int64_t began)
{
    *failure = failure_of(phase, call, address, began);
    return -1;
}

void failure_lookup(struct failure *failure, const char *name, int eai, int error)
{
    failure->name = name;
    failure->eai = eai;
    failure->error = error;
}

void failure_connection(
    struct failure *failure, unsigned conn, const struct address *local, uint64_t sent, uint64_t received)
{
    failure->conn = conn;
    failure->evidence.local = *local;
    failure->evidence.sent = sent;
    failure->evidence.received = received;
}
