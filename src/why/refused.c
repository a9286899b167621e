/* SPDX-License-Identifier: ISC */
/* Why a connect, or a datagram, was refused. */
#include <net/if.h>
#include <netinet/in.h>

#include "base/cleanup.h"
#include "why/cause.h"
#include "why/judges.h"
#include "why/owner.h"
#include "why/servers.h"
#include "why/way.h"

static const char *protocol_name(int protocol)
{
    return protocol == IPPROTO_TCP ? "TCP" : "UDP";
}

/* TCP was meant for UDP, or the other way round. */
static void cause_other_protocol(struct why *why, int protocol)
{
    int other = protocol == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
    cleanup_free struct servers *servers = servers_find(why->failure, other);
    if (!servers || servers->count == 0)
        return;
    struct owner owner = owner_of(&servers->at[0]);
    emit_cause(why, OTHER_PROTOCOL, F_ADDRESS("held", &servers->at[0].local),
        F_TEXT("held_protocol", protocol_name(other)), F_TEXT("protocol", protocol_name(protocol)),
        F_OWNER(&owner));
}

/* One that serves the port, but not for these packets. */
static void cause_near(struct why *why, const struct servers *servers)
{
    const struct sockdiag_socket *near = &servers->near;
    struct owner owner = owner_of(near);
    char interface[IF_NAMESIZE];
    const struct field evidence[] = {F_ADDRESS("held", &near->local),
        F_TEXT("v6only", near->v6only ? "for IPv6 only" : NULL), F_TRUE("ipv6_only", near->v6only),
        F_FOREIGN("interface",
            servers_is_elsewhere(servers, near) ? if_indextoname(near->interface, interface) : NULL),
        F_OWNER(&owner), F_END};
    if (servers->has_near)
        cause_emit(
            why, servers->protocol == IPPROTO_TCP ? CAUSE_LISTENER_ELSEWHERE : CAUSE_UDP_ELSEWHERE, evidence);
}

/* Nothing takes what comes to the address. */
static void cause_nobody(struct why *why, const struct servers *servers)
{
    const struct address *peer = &why->failure->address;
    if (servers->has_engaged) {
        struct owner owner = owner_of(&servers->engaged);
        emit_cause(why, UDP_ENGAGED, F_ADDRESS("held", &servers->engaged.local),
            F_ADDRESS("peer", &servers->engaged.peer), F_OWNER(&owner));
    } else if (servers->protocol == IPPROTO_UDP) {
        emit_cause(why, NO_UDP_SOCKET, F_ADDRESS("address", peer));
    } else {
        emit_cause(why, NOBODY_LISTENS, F_ADDRESS("address", peer));
    }
    if (servers->has_idle) {
        struct owner owner = owner_of(&servers->idle);
        emit_cause(why, PORT_BOUND, F_ADDRESS("held", &servers->idle.local),
            F_STATE("state", servers->idle.state), F_OWNER(&owner));
    }
    cause_other_protocol(why, servers->protocol);
    cause_near(why, servers);
}

/* RST for another host's address: it need not be that host who sent it. */
static void cause_reset_answer(struct why *why)
{
    if (!cause_not_sent(why))
        emit_cause(why, RESET_ANSWER, F_ADDRESS("address", &why->failure->address));
}

static void why_refused_here(struct why *why, int protocol)
{
    cleanup_free struct servers *servers = servers_find(why->failure, protocol);
    if (!servers)
        return;
    if (servers->count == 0) {
        cause_nobody(why, servers);
    } else if (protocol == IPPROTO_TCP) {
        struct owner owner = owner_of(&servers->at[0]);
        emit_cause(why, REJECTED_LISTENER, F_ADDRESS("held", &servers->at[0].local), F_OWNER(&owner));
    }
}

void why_refused(struct why *why, int protocol)
{
    const struct failure *failure = why->failure;
    bool is_tcp = protocol == IPPROTO_TCP;
    if (failure->evidence.itself) {
        emit_cause(why, SELF_CONNECT, F_ADDRESS("local", &failure->address));
        return;
    }
    if (cause_translated(why, is_tcp ? "RST answered from there" : "an ICMP error answered from there"))
        return;
    if (failure->evidence.icmp.there) {
        cause_icmp(why);
        if (is_tcp || !stays_here(failure))
            return;
    } else if (is_tcp ? was_answered_by_icmp(failure) : !stays_here(failure)) {
        cause_icmp_unseen(why);
        return;
    }
    if (stays_here(failure))
        why_refused_here(why, protocol);
    else if (is_tcp)
        cause_reset_answer(why);
}
