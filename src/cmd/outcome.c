/* SPDX-License-Identifier: ISC */
/* Reports a failure and finds its exit status: the table of sockctl(1). */
#include "cmd/outcome.h"

#include <errno.h>

#include "base/number.h"
#include "net/dns/evidence.h"
#include "why/why.h"

static void failed_emit(struct sink *sink, unsigned conn, const struct failure *failure)
{
    struct field error = failure->eai ? F_EAI(failure->eai, failure->error) : F_ERRNO(failure->error);
    int64_t elapsed = failure_elapsed(failure);
    emit(sink, EVENT_FAILED, F_CONN(conn), F_TEXT("call", failure->call),
        F_ADDRESS("address", &failure->address), F_ADDRESS("local", failure_own_end(failure)),
        F_FOREIGN("name", failure->name), error, F_TEXT("text", failure->text),
        failure->tries > 1 ? F_INT("tries", failure->tries) : F_NONE, F_TIME("elapsed", elapsed),
        F_TIME("timeout", failure_is_limit(failure) && elapsed >= NS_PER_MS ? elapsed : -1));
}

void failure_explain(struct sink *sink, const struct failure *failure)
{
    struct failure explained = *failure;
    struct asked *asked = failure->evidence.asked ? NULL : names_ask(sink, failure);
    if (asked)
        explained.evidence.asked = asked;
    why_emit(sink, &explained);
    names_free(asked);
}

void failure_emit(struct sink *sink, unsigned conn, const struct failure *failure)
{
    failed_emit(sink, conn, failure);
    failure_explain(sink, failure);
}

const char *missing_library(int error)
{
    return error == ELIBACC ? "libmnl cannot be loaded" : NULL;
}

int missing_status(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case ELIBACC:
    case ENOSYS:
    case EPROTONOSUPPORT: return EXIT_MISSING;
    default: return EXIT_OTHER;
    }
}

int question_finish(struct sink *sink, struct failure *failure)
{
    if (missing_library(failure->error))
        failure->text = missing_library(failure->error);
    failure_emit(sink, failure->conn, failure);
    return missing_status(failure->error);
}

int question_call_finish(struct sink *sink, const char *call)
{
    struct failure failure;
    failure_fill(&failure, PHASE_OTHER, call, NULL, 0);
    return question_finish(sink, &failure);
}

int failure_status(const struct failure *failure)
{
    static const enum exit_status statuses[] = {
        [FAILURE_REFUSED] = EXIT_REFUSED,
        [FAILURE_TIMED_OUT] = EXIT_TIMEOUT,
        [FAILURE_UNREACHABLE] = EXIT_UNREACHABLE,
        [FAILURE_LOCAL] = EXIT_LOCAL,
        [FAILURE_RESOLVE] = EXIT_RESOLVE,
        [FAILURE_OTHER] = EXIT_OTHER,
        [FAILURE_BROKEN] = EXIT_BROKEN,
    };
    return failure->phase == PHASE_NONE ? EXIT_DONE : (int)statuses[failure_class(failure)];
}

int call_finish(struct sink *sink, const char *call)
{
    struct failure failure;
    failure_fill(&failure, PHASE_OTHER, call, NULL, 0);
    return failure_finish(sink, &failure);
}

int failure_finish(struct sink *sink, const struct failure *failure)
{
    failure_emit(sink, failure->conn, failure);
    return failure_status(failure);
}
