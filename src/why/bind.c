/* SPDX-License-Identifier: ISC */
/* Why bind or listen failed on an IPv4 or IPv6 address. */
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "kernel/shares.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/cause.h"
#include "why/denied.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/owner.h"
#include "why/ports.h"

/* What may hold a port, the most certain reason first. */
enum rank { RANK_LISTENER, RANK_BOUND, RANK_CONNECTION, RANK_CLOSING, RANK_TIME_WAIT, RANKS };

struct search {
    const struct failure *failure;
    struct address wanted;
    bool found[RANKS];
    bool other_user; /* a holder belongs to another user, held_uid */
    uint32_t held_uid;
    int count; /* of all that conflict */
    struct sockdiag_socket first[RANKS];
};

static enum rank rank_of(const struct sockdiag_socket *socket)
{
    if (socket->protocol == IPPROTO_UDP || socket->state == TCP_CLOSE)
        return RANK_BOUND;
    if (socket->state == TCP_LISTEN)
        return RANK_LISTENER;
    if (socket->state == TCP_TIME_WAIT)
        return RANK_TIME_WAIT;
    return sockdiag_is_owned(socket) ? RANK_CONNECTION : RANK_CLOSING;
}

static int search_visit(const struct sockdiag_socket *socket, void *data)
{
    struct search *search = data;
    const struct evidence *own = &search->failure->evidence;
    enum rank rank = rank_of(socket);
    if (own->cookie != 0 && socket->cookie == own->cookie)
        return 0;
    /* Two sockets bound to different interfaces (SO_BINDTODEVICE) never conflict. */
    if (own->interface != 0 && socket->interface != 0 && socket->interface != own->interface)
        return 0;
    if (!addresses_conflict(&socket->local, socket->v6only, &search->wanted, own->v6only))
        return 0;
    bool other_user = sockdiag_is_owned(socket) && socket->uid != geteuid();
    /* One that would share the port is not in the way. */
    if (own->reuse_port && socket->protocol == IPPROTO_TCP && !other_user && shares_port(socket) == 1)
        return 0;
    if (other_user) {
        search->other_user = true;
        search->held_uid = socket->uid;
    }
    if (!search->found[rank])
        search->first[rank] = *socket;
    search->found[rank] = true;
    search->count++;
    return 0;
}

/* others: UDP sockets that conflict as well, though SO_REUSEPORT or SO_REUSEADDR may let some share. */
static void cause_held(struct why *why, enum rank rank, const struct sockdiag_socket *socket, int others)
{
    struct owner owner = owner_of(socket);
    struct field held = F_ADDRESS("held", &socket->local), peer = F_ADDRESS("peer", &socket->peer);
    struct field state = F_STATE("state", socket->state);
    switch (rank) {
    case RANK_LISTENER: emit_cause(why, PORT_LISTENER, held, state, F_OWNER(&owner)); break;
    case RANK_BOUND:
        if (socket->protocol == IPPROTO_UDP)
            emit_cause(
                why, PORT_UDP, held, peer, others > 0 ? F_INT("conflicts", others) : F_NONE, F_OWNER(&owner));
        else
            emit_cause(why, PORT_BOUND, held, state, F_OWNER(&owner));
        break;
    case RANK_CONNECTION: emit_cause(why, PORT_CONNECTION, held, peer, state, F_OWNER(&owner)); break;
    case RANK_CLOSING: emit_cause(why, PORT_CLOSING, held, peer, state, expires_field(socket)); break;
    default: emit_cause(why, PORT_TIME_WAIT, held, peer, state, expires_field(socket)); break;
    }
}

/* SO_REUSEADDR lets bind take a port if only past connections hold it and both sides have set it. */
static void cause_reuse(struct why *why, const struct search *search)
{
    if (why->evidence->type != SOCK_STREAM || search->found[RANK_LISTENER])
        return;
    if (!why->evidence->reuse_address)
        emit_cause(why, REUSE_OFF, F_BOOL("reuse_address", false));
    else if (strcmp(why->failure->call, "bind") == 0)
        emit_cause(why, REUSE_ONE_SIDED, F_BOOL("reuse_address", true));
}

/*
 * SO_REUSEPORT lets sockets share a port if all have set it and belong to one user (socket(7)). If it is set
 * here and did not help, the holder lacks one of the two. Its user is known if a process holds it.
 */
static void cause_reuse_port(struct why *why, const struct search *search)
{
    if (!why->evidence->reuse_port)
        return;
    if (search->other_user)
        emit_cause(why, REUSE_PORT_OTHER_USER, F_BOOL("reuse_port", true), F_INT("uid", geteuid()),
            F_INT("held_uid", search->held_uid));
    else
        emit_cause(why, REUSE_PORT_ONE_SIDED, F_BOOL("reuse_port", true));
}

static void why_in_use(struct why *why, int protocol)
{
    const struct address *address = &why->failure->address;
    struct search search = {.failure = why->failure, .wanted = *address};
    bool any = false,
         shareable = protocol == IPPROTO_UDP && (why->evidence->reuse_port || why->evidence->reuse_address);
    if (address_port(address) == 0) {
        cause_exhausted(why, protocol, NULL, NULL);
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct sockdiag_query query = {
            .family = i == 0 ? AF_INET : AF_INET6, .protocol = protocol, .port = address_port(address)};
        if (sockdiag_each(&query, search_visit, &search) < 0)
            return;
    }
    for (enum rank rank = 0; rank < RANKS; rank++) {
        if (!search.found[rank])
            continue;
        if (!any || why->emitted < WHY_LINES - 1)
            cause_held(why, rank, &search.first[rank], shareable ? search.count - 1 : 0);
        any = true;
        /* A listener is reason enough: what it accepted has the port because of it. */
        if (rank == RANK_LISTENER)
            break;
    }
    if (search.found[RANK_LISTENER] || search.found[RANK_BOUND])
        cause_reuse_port(why, &search);
    if (any)
        cause_reuse(why, &search);
    else
        emit_cause(why, PORT_HOLDER_UNKNOWN, F_ADDRESS("address", address),
            F_TEXT("note", protocol == IPPROTO_TCP ? "one that is only bound is not listed before Linux 6.8"
                                                   : "it may have closed meanwhile"));
}

static void why_denied(struct why *why)
{
    const int port = address_port(&why->failure->address);
    uint64_t capabilities;
    int64_t start;
    if (procfs_sysctl("net.ipv4.ip_unprivileged_port_start", &start, 1) != 1 ||
        procfs_capabilities(&capabilities) < 0)
        return;
    struct field limit = F_INT("start", start), number = F_INT("port", port), uid = F_INT("uid", geteuid());
    /* The rule's own errno is EACCES, and it does not apply to port 0. */
    if (port == 0 || port >= start || why->failure->error == EPERM)
        emit_cause(why, BIND_POLICY, number, port >= start ? limit : F_NONE, seccomp_field());
    else if (capabilities >> CAP_NET_BIND_SERVICE & 1)
        emit_cause(why, PORT_PRIVILEGED_NAMESPACE, number, limit, uid);
    else
        emit_cause(why, PORT_PRIVILEGED, number, limit, uid);
}

void why_bind(struct why *why)
{
    int protocol = why->evidence->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    if (why->failure->address.length == 0)
        return;
    switch (why->failure->error) {
    case EADDRINUSE: why_in_use(why, protocol); break;
    case EACCES:
    case EPERM: why_denied(why); break;
    case EADDRNOTAVAIL: why_not_available(why); break;
    case EINVAL: why_invalid_address(why); break;
    case ENODEV: cause_interface(why); break;
    default: break;
    }
}
