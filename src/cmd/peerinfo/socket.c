/* SPDX-License-Identifier: ISC */
/* The fields of the `socket` event, from all that is known about a socket. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/peerinfo/parts.h"
#include "cmd/peerinfo/peerinfo.h"
#include "call/call.h"
#include "kernel/names.h"

/* The socket at the other end of a local connection, as an object of its own. Owns the memory it points
 * to. */
struct other_end {
    struct socklist list;
    struct holder_rows holders;
    char user[64];
    struct field fields[6];
    const struct field *object;
};

/* The fields of an event while they are collected, and the texts they borrow. */
struct facts {
    struct field fields[48];
    size_t count;
    const struct subject *subject;
    const struct sockdiag_socket *socket; /* NULL: not listed */
    const struct inspection *seen;        /* NULL: no descriptor */
    bool listens;
    char user[64], local_name[400], peer_name[400], interface[IF_NAMESIZE];
    const char *flags[4];
    struct field credentials[5];
    const struct field *credentials_object;
    struct holder_rows holders;
    struct other_end other;
};

static void facts_free(struct facts *facts)
{
    holder_rows_free(&facts->holders);
    holder_rows_free(&facts->other.holders);
    socklist_free(&facts->other.list);
}

#define cleanup_facts __attribute__((cleanup(facts_free)))

/* Absent fields are stored too, so that each has a fixed place. */
static void put(struct facts *facts, struct field field)
{
    facts->fields[facts->count++] = field;
}

static void put_if(struct facts *facts, bool there, struct field field)
{
    put(facts, there ? field : F_NONE);
}

static const struct address *local_of(const struct facts *facts)
{
    return facts->seen ? &facts->seen->local : &facts->socket->local;
}

static const struct address *peer_of(const struct facts *facts)
{
    if (facts->seen && facts->seen->peer.length > 0)
        return &facts->seen->peer;
    return facts->socket ? &facts->socket->peer : &facts->seen->peer;
}

static uint64_t cookie_of(const struct facts *facts)
{
    return facts->socket ? facts->socket->cookie : facts->seen->cookie;
}

static int type_of(const struct facts *facts)
{
    return facts->socket ? facts->socket->type : facts->seen->type;
}

/* The number of fields from put_identity(): they identify the socket. */
#define IDENTITY_FIELDS 6

static void put_identity(struct facts *facts)
{
    int family = facts->socket ? facts->socket->family : facts->seen->family;
    int protocol = facts->socket ? facts->socket->protocol : facts->seen->protocol;
    put(facts, F_NAME("family", names_family, family));
    put(facts, F_NAME("type", names_type, type_of(facts)));
    if (family == AF_INET || family == AF_INET6)
        put(facts, F_NAME("protocol", names_protocol, protocol));
    else /* each family has protocols of its own, AF_UNIX has none */
        put_if(facts, family != AF_UNIX, F_INT("protocol", protocol));
    put(facts, F_ADDRESS("local", local_of(facts)));
    put(facts, F_ADDRESS("peer", peer_of(facts)));
    put(facts, F_COUNT("cookie", cookie_of(facts)));
}

/* "localhost:http", or NULL if the lookup returns no name. */
static const char *address_name(
    struct sink *sink, const struct address *address, int type, char *buffer, size_t size)
{
    char host[256], service[64];
    if (address->length == 0 || address_port(address) < 0 || address_is_wildcard(address))
        return NULL;
    if (call_getnameinfo(sink, address, host, sizeof(host), service, sizeof(service),
            type == SOCK_DGRAM ? NI_NAMEREQD | NI_DGRAM : NI_NAMEREQD) != 0)
        return NULL;
    snprintf(buffer, size, "%s:%s", host, service);
    return buffer;
}

static void put_names(struct facts *facts, struct sink *sink)
{
    const char *local = NULL, *peer = NULL;
    if (facts->subject->names) {
        local =
            address_name(sink, local_of(facts), type_of(facts), facts->local_name, sizeof(facts->local_name));
        peer = address_name(sink, peer_of(facts), type_of(facts), facts->peer_name, sizeof(facts->peer_name));
    }
    put(facts, F_FOREIGN("local_name", local));
    put(facts, F_FOREIGN("peer_name", peer));
}

/* The descriptor: its number and flags. */
static void put_descriptor(struct facts *facts)
{
    int flags = facts->subject->open_flags;
    size_t count = 0;
    if (flags & O_NONBLOCK)
        facts->flags[count++] = "O_NONBLOCK";
    if (flags & O_CLOEXEC)
        facts->flags[count++] = "FD_CLOEXEC";
    if (flags & O_ASYNC)
        facts->flags[count++] = "O_ASYNC";
    put_if(facts, facts->subject->fd >= 0, F_INT("fd", facts->subject->fd));
    put_if(facts, flags >= 0, F_TEXTS("flags", facts->flags, count));
}

/* A number of bytes: from the kernel's list, else from the descriptor; -1 is none. */
static struct field bytes_field(const char *key, bool is_listed, uint32_t listed, int seen)
{
    if (is_listed)
        return F_SIZE(key, listed);
    return seen >= 0 ? F_SIZE(key, (uint64_t)seen) : F_NONE;
}

static void put_queues(struct facts *facts)
{
    static const struct inspection nothing = {
        .input = -1, .output = -1, .unsent = -1, .drops = -1, .receive_buffer = -1, .send_buffer = -1};
    static const struct sockdiag_socket unlisted;
    const struct inspection *seen = facts->seen ? facts->seen : &nothing;
    const struct sockdiag_socket *socket = facts->socket ? facts->socket : &unlisted;
    bool is_queue = facts->listens && facts->socket, has_memory = socket->has_memory;
    put_if(facts, is_queue, F_INT("queue", socket->receive_queue));
    put_if(facts, is_queue, F_INT("limit", socket->send_queue));
    put(facts, F_TRUE("full", is_queue && queue_is_full(socket)));
    put_if(facts, !facts->listens,
        bytes_field("receive_queue", facts->socket, socket->receive_queue, seen->input));
    put_if(
        facts, !facts->listens, bytes_field("send_queue", facts->socket, socket->send_queue, seen->output));
    /* For datagrams the kernel lists the buffer memory they use (inet_diag's idiag_rqueue is
     * sk_rmem_alloc). */
    bool is_memory = socket->protocol == IPPROTO_UDP, waits = is_memory && socket->receive_queue > 0;
    put(facts, F_TRUE("queue_is_memory", is_memory));
    put_if(facts, waits && seen->input >= 0, F_SIZE("next_datagram", (uint64_t)seen->input));
    put_if(facts, seen->unsent >= 0, F_SIZE("unsent", (uint64_t)seen->unsent));
    int64_t drops = has_memory ? socket->drops : seen->drops;
    put_if(facts, drops >= 0, F_INT("drops", drops));
    put(facts, bytes_field("receive_buffer", has_memory, socket->receive_buffer, seen->receive_buffer));
    put(facts, bytes_field("send_buffer", has_memory, socket->send_buffer, seen->send_buffer));
}

/* Fields that only the kernel's list has. */
static void put_listed(struct facts *facts)
{
    static const char *const shutdowns[] = {NULL, "SHUT_RD", "SHUT_WR", "SHUT_RDWR"};
    static const struct sockdiag_socket unlisted;
    const struct sockdiag_socket *socket = facts->socket ? facts->socket : &unlisted;
    bool has_timer = socket->timer != SOCKDIAG_TIMER_NONE;
    const struct unanswered unanswered = unanswered_of(socket);
    if (socket->interface != 0)
        if_indextoname(socket->interface, facts->interface);
    put_if(facts, has_timer, F_NAME("timer", names_timer, socket->timer));
    put_if(facts, has_timer, F_TIME("expires", socket->expires));
    put_if(facts, has_timer, F_INT("retransmits", socket->retransmits));
    put_if(facts, unanswered.tries > 0, F_INT("tries", unanswered.tries));
    put(facts, F_TIME("unacknowledged", unanswered.since));
    put(facts, F_TEXT("shutdown", socket->has_shutdown ? shutdowns[socket->shutdown & 3] : NULL));
    put(facts, F_TEXT("congestion", socket->congestion[0] != '\0' ? socket->congestion : NULL));
    put(facts, F_FOREIGN("interface", facts->interface[0] != '\0' ? facts->interface : NULL));
    put(facts, F_TRUE("v6only", socket->v6only));
}

/* -1 for a socket that belongs to the kernel alone. */
static int64_t socket_uid(const struct sockdiag_socket *socket)
{
    return socket->inode != 0 ? (int64_t)socket->uid : -1;
}

static struct field uid_field(int64_t owner)
{
    return owner >= 0 ? F_INT("uid", owner) : F_NONE;
}

static struct field user_field(int64_t owner, char *buffer, size_t size)
{
    return F_FOREIGN("user", owner >= 0 ? procfs_user((uid_t)owner, buffer, size) : NULL);
}

static void put_owner(struct facts *facts)
{
    const struct socklist_item *item = facts->subject->item;
    uint64_t inode = facts->socket ? facts->socket->inode : facts->seen->inode;
    int64_t owner = facts->socket ? socket_uid(facts->socket) : facts->seen->owner;
    const char *note = NULL;
    if (item) {
        facts->holders = holder_rows_of(item->holders, item->count);
        note = item->note;
    } else {
        size_t count;
        const struct procfs_holder *found = holders_find(facts->subject->holders, inode, &count);
        facts->holders = holder_rows_of(found, count);
        note = found ? NULL : holders_note(facts->subject->holders);
    }
    put(facts, uid_field(owner));
    put(facts, user_field(owner, facts->user, sizeof(facts->user)));
    put(facts, F_COUNT("inode", inode));
    put(facts, holders_field(&facts->holders));
    put(facts, F_TEXT("owner", note));
}

/* SO_PEERCRED and SO_PEERPIDFD of a unix socket. */
static void put_credentials(struct facts *facts)
{
    const struct inspection *seen = facts->seen;
    bool there = seen && seen->has_credentials;
    if (there) {
        facts->credentials[0] = F_INT("pid", seen->pid);
        facts->credentials[1] = F_INT("uid", seen->uid);
        facts->credentials[2] = F_INT("gid", seen->gid);
        facts->credentials[3] = seen->has_pidfd ? F_INT("pidfd", seen->pidfd) : F_NONE;
        facts->credentials[4] = F_END;
        facts->credentials_object = facts->credentials;
    }
    put_if(facts, there, field_object("credentials", &facts->credentials_object));
}

/* Finds the socket at the other end, if it is on this host. */
static bool other_end_find(
    const struct sockdiag_socket *socket, struct holders *holders, struct socklist *list)
{
    struct sockdiag_socket other;
    struct sockdiag_query peer = {.family = AF_UNIX};
    if (!socket)
        return false;
    peer.inode = socket->peer_inode;
    if (socket->family == AF_UNIX
            ? peer.inode == 0 || sockdiag_find(&peer, &other) != 1
            : socket->peer.length == 0 ||
                  sockdiag_lookup(socket->protocol, &socket->peer, &socket->local, 0, &other) != 1)
        return false;
    return socklist_of(list, holders, &other) == 0;
}

static void put_other_end(struct facts *facts)
{
    struct other_end *other = &facts->other;
    bool there =
        facts->subject->in_full && other_end_find(facts->socket, facts->subject->holders, &other->list);
    if (there) {
        const struct socklist_item *item = other->list.items;
        other->holders = holder_rows_of(item->holders, item->count);
        other->fields[0] = F_STATE("state", item->socket.state);
        other->fields[1] = user_field(socket_uid(&item->socket), other->user, sizeof(other->user));
        other->fields[2] = uid_field(socket_uid(&item->socket));
        other->fields[3] = other->holders.count > 0 ? holders_field(&other->holders) : F_NONE;
        other->fields[4] = F_TEXT("owner", item->note);
        other->fields[5] = F_END;
        other->object = other->fields;
    }
    put_if(facts, there, field_object("other_end", &other->object));
}

void subject_emit(struct sink *sink, struct changes *changes, const struct subject *subject)
{
    static const char *const running[] = {"expires", "unacknowledged", NULL};
    const enum event_kind kind = subject->in_full ? EVENT_SOCKET : EVENT_SOCKET_LINE;
    cleanup_facts struct facts facts = {.subject = subject, .seen = subject->seen};
    if (!sink_wants(sink, kind))
        return;
    facts.socket = subject->item ? &subject->item->socket : NULL;
    facts.listens = facts.socket ? facts.socket->state == TCP_LISTEN : facts.seen->listening;
    put_identity(&facts);
    put_names(&facts, sink);
    const uint64_t netns = facts.seen ? facts.seen->netns : 0;
    put_if(&facts, netns != 0, F_COUNT("netns_cookie", netns));
    put(&facts, F_STATE("state", facts.socket ? facts.socket->state : facts.seen->state));
    put_descriptor(&facts);
    put_queues(&facts);
    put_listed(&facts);
    put_owner(&facts);
    put_credentials(&facts);
    put_other_end(&facts);
    put(&facts, F_END);
    changes_emit(
        changes, sink, kind, EVENT_SOCKET_CHANGE, cookie_of(&facts), IDENTITY_FIELDS, running, facts.fields);
}
