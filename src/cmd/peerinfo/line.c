/* SPDX-License-Identifier: ISC */
/* One line of the list: the fields of a socket that a glance needs. */
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/peerinfo/list.h"
#include "cmd/peerinfo/parts.h"
#include "kernel/names.h"

const char *users_name(struct users *users, uint32_t uid)
{
    struct user *user = &users->items[uid % USERS_MAX];
    if (!user->is_known || user->uid != uid) {
        *user = (struct user){.is_known = true, .uid = uid};
        if (!procfs_user(uid, user->name, sizeof(user->name)))
            snprintf(user->name, sizeof(user->name), "%u", uid);
    }
    return user->name;
}

const char *listed_kind(const struct sockdiag_socket *socket)
{
    if (socket->family != AF_UNIX)
        return socket->protocol == IPPROTO_TCP ? "tcp" : "udp";
    switch (socket->type) {
    case SOCK_STREAM: return "unix-stream";
    case SOCK_DGRAM: return "unix-dgram";
    default: return "unix-seqpacket";
    }
}

/* The holders are sorted by process. */
static int64_t processes_count(const struct listed *listed)
{
    int64_t count = 0;
    for (size_t i = 0; i < listed->count; i++)
        count += i == 0 || listed->holders[i].pid != listed->holders[i - 1].pid;
    return count;
}

void listed_emit(
    struct look *look, enum event_kind kind, const struct listed *listed, int was, const char *wall)
{
    const struct sockdiag_socket *socket = &listed->socket;
    const struct procfs_holder *first = listed->holders, *peer = listed->peer;
    const bool has_user = socket->inode != 0;
    const bool is_inet = socket->family != AF_UNIX, is_udp = socket->protocol == IPPROTO_UDP;
    const bool listens = socket->state == TCP_LISTEN, has_timer = socket->timer != SOCKDIAG_TIMER_NONE;
    const int64_t processes = processes_count(listed);
    if (!sink_wants(look->sink, kind))
        return;
    const struct unanswered unanswered = unanswered_of(socket);
    char interface[IF_NAMESIZE], netns[NETNS_TEXT_MAX];
    const char *bound = socket->interface ? if_indextoname(socket->interface, interface) : NULL;
    cleanup_holder_rows struct holder_rows rows = holder_rows_of(listed->holders, listed->count);
    const struct field fields[] = {
        F_TEXT("wall", wall),
        F_TEXT("kind", listed_kind(socket)),
        F_ADDRESS("local", &socket->local),
        F_ADDRESS("peer", &socket->peer),
        F_STATE("state", socket->state),
        F_STATE("from", was),
        F_STATE("previous", was),
        F_TRUE("unconnected", is_udp && socket->state == TCP_CLOSE),
        F_FOREIGN("interface", bound),
        F_FOREIGN("netns", listed->netns ? netns_text(listed->netns, netns) : NULL),
        listens ? F_INT("queue", socket->receive_queue) : F_NONE,
        listens ? F_INT("limit", socket->send_queue) : F_NONE,
        F_TRUE("full", queue_is_full(socket)),
        listens ? F_NONE : F_SIZE("receive_queue", socket->receive_queue),
        listens ? F_NONE : F_SIZE("send_queue", socket->send_queue),
        F_TRUE("queue_is_memory", is_udp),
        socket->has_memory ? F_INT("drops", socket->drops) : F_NONE,
        unanswered.tries ? F_INT("tries", unanswered.tries) : F_NONE,
        F_TIME("unacknowledged", unanswered.since),
        F_FOREIGN("user", has_user ? users_name(&look->users, socket->uid) : NULL),
        first ? F_FOREIGN("program", first->program) : F_NONE,
        first ? F_INT("pid", first->pid) : F_NONE,
        F_INT("processes", processes),
        F_TRUE("shared", processes > 1),
        F_TRUE("hidden", listed->is_hidden),
        F_TEXT("owner", listed->owner),
        peer ? F_FOREIGN("peer_program", peer->program) : F_NONE,
        peer ? F_INT("peer_pid", peer->pid) : F_NONE,
        F_NAME("family", names_family, socket->family),
        F_NAME("type", names_type, socket->type),
        is_inet ? F_NAME("protocol", names_protocol, socket->protocol) : F_NONE,
        has_timer ? F_NAME("timer", names_timer, socket->timer) : F_NONE,
        has_timer ? F_TIME("expires", socket->expires) : F_NONE,
        has_timer ? F_INT("retransmits", socket->retransmits) : F_NONE,
        has_user ? F_INT("uid", socket->uid) : F_NONE,
        F_COUNT("inode", socket->inode),
        F_COUNT("cookie", socket->cookie),
        holders_field(&rows),
        F_END,
    };
    sink_emit(look->sink, kind, fields);
}
