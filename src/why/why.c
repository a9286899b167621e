/* SPDX-License-Identifier: ISC */
/* Which judge explains a failure, and the causes that do not depend on a socket. */
#include "why/why.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/procfs.h"
#include "why/cause.h"
#include "why/denied.h"
#include "why/judges.h"

static void why_descriptors(struct why *why)
{
    struct procfs_descriptors descriptors;
    if (procfs_descriptors(&descriptors) < 0)
        return;
    if (why->failure->error == EMFILE)
        emit_cause(why, DESCRIPTOR_LIMIT, F_COUNT("open", descriptors.open),
            F_COUNT("soft", descriptors.soft_limit), F_COUNT("hard", descriptors.hard_limit));
    else if (descriptors.system_limit > 0)
        emit_cause(why, SYSTEM_DESCRIPTOR_LIMIT, F_COUNT("open", descriptors.system_open),
            F_COUNT("limit", descriptors.system_limit));
}

/* The call is socket(): the kernel lacks the family, or it was denied. */
static void why_no_family(struct why *why, int family)
{
    int known = family == AF_UNSPEC ? 0 : procfs_has_family(family);
    if (known > 0)
        emit_cause(why, FAMILY_DENIED, F_NAME("family", names_family, family), seccomp_field());
    else if (known == 0)
        emit_cause(why, FAMILY_UNSUPPORTED,
            family == AF_UNSPEC ? F_TEXT("family", "this address family")
                                : F_NAME("family", names_family, family));
}

static void why_family(struct why *why)
{
    const struct failure *failure = why->failure;
    int family = failure->address.length > 0 ? failure->address.sa.sa_family : AF_UNSPEC;
    if (strcmp(failure->call, "socket") == 0)
        why_no_family(why, family);
    else if (family != AF_UNSPEC && failure->evidence.family != 0 && family != failure->evidence.family)
        emit_cause(why, FAMILY_MISMATCH, F_ADDRESS("address", &failure->address),
            F_NAME("address_family", names_family, family),
            F_NAME("family", names_family, failure->evidence.family));
}

static void why_socket(struct why *why)
{
    const struct address *address = &why->failure->address;
    bool is_kind = why->failure->error == EPROTONOSUPPORT || why->failure->error == ESOCKTNOSUPPORT;
    if (is_kind && address->length > 0)
        emit_cause(why, PROTOCOL_UNSUPPORTED, F_NAME("family", names_family, address->sa.sa_family));
    else if (why->failure->error == ENOBUFS || why->failure->error == ENOMEM)
        emit_cause(why, NO_BUFFERS, F_NONE);
    else if (why->failure->error == EPERM || why->failure->error == EACCES)
        cause_denied_call(why);
}

static bool is_one_of(const char *call, const char *const *calls)
{
    for (; *calls; calls++)
        if (strcmp(call, *calls) == 0)
            return true;
    return false;
}

static void judge(struct why *why)
{
    static const char *const local[] = {"bind", "listen", NULL};
    const struct failure *failure = why->failure;
    bool is_unix = failure->address.length > 0 && failure->address.sa.sa_family == AF_UNIX;
    if (failure->phase == PHASE_RESOLVE && failure->eai == 0)
        why_resolver_slow(why);
    else if (failure->eai != 0 && failure->error != EMFILE && failure->error != ENFILE)
        why_name(why);
    else if (failure->error == EMFILE || failure->error == ENFILE)
        why_descriptors(why);
    else if (failure->error == EAFNOSUPPORT)
        why_family(why);
    else if (strcmp(failure->call, "socket") == 0)
        why_socket(why);
    else if (strcmp(failure->call, "setsockopt") == 0 || strcmp(failure->call, "getsockopt") == 0)
        why_option(why);
    else if (failure->error == ENOBUFS || failure->error == ENOMEM)
        emit_cause(why, NO_BUFFERS, F_NONE);
    else if (failure->phase == PHASE_STREAM || failure->error == EMSGSIZE)
        why_stream(why);
    else if (is_unix)
        why_unix(why);
    else if (is_one_of(failure->call, local))
        why_bind(why);
    else if (failure->phase == PHASE_CONNECT || failure->phase == PHASE_DATAGRAM)
        why_connect(why);
    else if (failure->phase == PHASE_ACCEPT || failure->phase == PHASE_OTHER)
        why_stream(why);
}

void why_emit(struct sink *sink, const struct failure *failure)
{
    struct why why = {.sink = sink, .failure = failure, .evidence = &failure->evidence, .most = WHY_LINES};
    int saved = errno;
    if (sink_wants(sink, EVENT_WHY) && failure->call) {
        why_dropped(&why);
        if (!failure_is_limit(failure))
            judge(&why);
        else if (failure->phase == PHASE_STREAM)
            why_limit(&why);
        else if (failure->phase == PHASE_DATAGRAM)
            why_not_read(&why);
        why_moved(&why);
    }
    errno = saved;
}

void why_stopped(struct sink *sink, const struct failure *failure)
{
    struct why why = {
        .sink = sink, .failure = failure, .evidence = &failure->evidence, .most = WHY_LINES, .warns = true};
    int saved = errno;
    if (sink_wants(sink, EVENT_WARNING) && failure->phase == PHASE_DATAGRAM)
        why_not_read(&why);
    else if (sink_wants(sink, EVENT_WARNING))
        cause_not_accepted(&why);
    errno = saved;
}

void why_connected(struct sink *sink, unsigned conn, const struct address *local, const struct address *peer,
    const struct tcpinfo *tcpinfo)
{
    const struct field retransmitted[] = {
        F_ADDRESS("peer", peer), F_INT("retransmits", tcpinfo->is.tcpi_total_retrans), F_END};
    const struct field self[] = {F_ADDRESS("local", local), F_END};
    bool is_inet = local->length > 0 && local->sa.sa_family != AF_UNIX;
    int saved = errno;
    if (!sink_wants(sink, EVENT_WARNING))
        return;
    if (is_inet && address_equal(local, peer))
        cause_event_emit(sink, EVENT_WARNING, "code", conn, CAUSE_SELF_CONNECT, self);
    if (tcpinfo->is.tcpi_total_retrans > 0)
        cause_event_emit(sink, EVENT_WARNING, "code", conn, CAUSE_SYN_RETRANSMITTED, retransmitted);
    errno = saved;
}
