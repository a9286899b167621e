/* What kind of failure it is, from where in a socket's life it came and its errno. */
#include "kernel/failure.h"

#include <errno.h>

/* Of connect, and of a datagram, after which the answers to it come back as errors. */
static enum failure_class connect_class(int error)
{
    switch (error) {
    case ECONNREFUSED: return FAILURE_REFUSED;
    case ETIMEDOUT:
    case EAGAIN: return FAILURE_TIMED_OUT; /* EAGAIN: the backlog of a unix listener stays full */
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:
    case EPERM:
    case ENOPROTOOPT: /* these two are ICMP's answers */
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
    case PHASE_DATAGRAM: return connect_class(failure->error);
    case PHASE_STREAM: return FAILURE_BROKEN;
    case PHASE_NONE:
    case PHASE_ACCEPT:
    case PHASE_OUTPUT:
    case PHASE_OTHER: break;
    }
    return FAILURE_OTHER;
}
