/* A failure told, and its exit status: the table of sockctl(1). */
#include "cmd/outcome.h"

#include <errno.h>

#include "kernel/why.h"

void failure_emit(struct sink *sink, unsigned conn, const struct failure *failure)
{
    struct field error = failure->eai ? F_EAI(failure->eai, failure->error) : F_ERRNO(failure->error);
    emit(sink, EVENT_FAILED, F_CONN(conn), F_TEXT("call", failure->call),
        F_ADDRESS("address", &failure->address), F_FOREIGN("name", failure->name), error,
        F_TEXT("text", failure->text), F_TIME("elapsed", failure->elapsed));
    why_report(sink, failure);
}

static int connect_status(int error)
{
    switch (error) {
    case ECONNREFUSED: return EXIT_REFUSED;
    case ETIMEDOUT:
    case EAGAIN: return EXIT_TIMEOUT;
    case EADDRNOTAVAIL: return EXIT_LOCAL;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:
    case EPERM:
    case ENOPROTOOPT:
    case EPROTO:
    case EINVAL:
    case ENOENT:
    case ENOTDIR: return EXIT_UNREACHABLE;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return EXIT_BROKEN;
    default: return EXIT_OTHER;
    }
}

int failure_status(const struct failure *failure)
{
    if (failure->gave_up)
        return EXIT_TIMEOUT;
    switch (failure->phase) {
    case PHASE_NONE: return EXIT_DONE;
    case PHASE_RESOLVE: return EXIT_RESOLVE;
    case PHASE_LOCAL: return EXIT_LOCAL;
    case PHASE_CONNECT:
    case PHASE_DATAGRAM: return connect_status(failure->error);
    case PHASE_STREAM: return EXIT_BROKEN;
    case PHASE_ACCEPT:
    case PHASE_OUTPUT:
    case PHASE_OTHER: break;
    }
    return EXIT_OTHER;
}

int failure_finish(struct sink *sink, const struct failure *failure)
{
    failure_emit(sink, failure->conn, failure);
    return failure_status(failure);
}
