/* One socket told: the fields of the `socket` event from all that is known of it. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/peerinfo.h"
#include "net/call.h"

/* clang-format off */
static const struct name_table names_timer = {"timer_", (const struct name[]){
    {SOCKDIAG_TIMER_RETRANSMIT, "retransmit"}, {SOCKDIAG_TIMER_KEEPALIVE, "keepalive"},
    {SOCKDIAG_TIMER_TIME_WAIT, "time-wait"}, {SOCKDIAG_TIMER_PROBE, "window-probe"}, {0, NULL}}};
/* clang-format on */

/* The holders of a socket as rows of fields. Owns what it points to. */
struct holder_rows {
    struct field (*fields)[4];
    const struct field **rows;
    int count;
};

static void holder_rows_free(struct holder_rows *rows)
{
    free(rows->fields);
    free(rows->rows);
}

#define cleanup_rows __attribute__((cleanup(holder_rows_free)))

static struct holder_rows holder_rows_of(const struct socklist_item *item)
{
    struct holder_rows rows = {.count = 0};

    if (!item || item->count == 0)
        return rows;
    rows.fields = calloc((size_t)item->count, sizeof(*rows.fields));
    rows.rows = calloc((size_t)item->count, sizeof(*rows.rows));
    if (!rows.fields || !rows.rows)
        return rows;
    for (int i = 0; i < item->count; i++) {
        struct field *fields = rows.fields[i];
        fields[0] = F_INT("pid", item->holders[i].pid);
        fields[1] = F_FOREIGN("program", item->holders[i].program);
        fields[2] = F_INT("fd", item->holders[i].fd);
        fields[3] = F_END;
        rows.rows[i] = fields;
    }
    rows.count = item->count;
    return rows;
}

static struct field holders_field(const struct holder_rows *rows)
{
    return F_LIST("holders", (const struct field *const *)rows->rows, rows->count);
}

/* "localhost:http", or NULL where the lookup gives no name. */
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

/* The open flags that C names and people ask for, into texts; how many. */
static size_t flags_texts(int flags, const char *texts[4])
{
    size_t count = 0;

    if (flags & O_NONBLOCK)
        texts[count++] = "O_NONBLOCK";
    if (flags & O_CLOEXEC)
        texts[count++] = "FD_CLOEXEC";
    if (flags & O_ASYNC)
        texts[count++] = "O_ASYNC";
    if (count == 0)
        texts[count++] = "none";
    return count;
}

static struct field shutdown_field(const struct sockdiag_socket *socket)
{
    static const char *const names[] = {NULL, "SHUT_RD", "SHUT_WR", "SHUT_RDWR"};

    return F_TEXT("shutdown", socket && socket->has_shutdown ? names[socket->shutdown & 3] : NULL);
}

/* The socket at the other end, when it is on this host. 1 found, 0 not, with the list to be freed. */
static bool other_end_find(const struct subject *subject, struct socklist *list)
{
    const struct sockdiag_socket *socket = subject->item ? &subject->item->socket : NULL;
    struct sockdiag_socket other;

    *list = (struct socklist){.items = NULL};
    if (!socket)
        return false;
    if (socket->family == AF_UNIX)
        return socket->peer_inode != 0 && socklist_by_inode(list, socket->peer_inode) == 0 && list->count > 0;
    if (socket->peer.length == 0 ||
        sockdiag_lookup(socket->protocol, &socket->peer, &socket->local, 0, &other) != 1)
        return false;
    return socklist_of(list, &other) == 0;
}

static struct field user_field(const struct sockdiag_socket *socket, char *buffer, size_t size)
{
    if (!socket || socket->inode == 0)
        return F_NONE;
    return F_FOREIGN("user", procfs_user(socket->uid, buffer, size));
}

static struct field uid_field(const struct sockdiag_socket *socket)
{
    return socket && socket->inode != 0 ? F_INT("uid", socket->uid) : F_NONE;
}

static const struct address *local_of(const struct subject *subject)
{
    return subject->seen ? &subject->seen->local : &subject->item->socket.local;
}

static const struct address *peer_of(const struct subject *subject)
{
    if (subject->seen && subject->seen->peer.length > 0)
        return &subject->seen->peer;
    return subject->item ? &subject->item->socket.peer : &subject->seen->peer;
}

static int state_of(const struct subject *subject)
{
    if (subject->item)
        return subject->item->socket.state;
    return subject->seen->state;
}

static uint64_t cookie_of(const struct subject *subject)
{
    return subject->item ? subject->item->socket.cookie : subject->seen->cookie;
}

/* A number of bytes: what the kernel's list says, else what the descriptor said. */
static struct field bytes_field(const char *key, bool is_listed, uint32_t listed, int seen)
{
    if (is_listed)
        return F_SIZE(key, listed);
    return seen >= 0 ? F_SIZE(key, (uint64_t)seen) : F_NONE;
}

void subject_emit(struct sink *sink, struct watch *watch, const struct subject *subject)
{
    static const char *const running[] = {"expires", NULL};
    const enum event_kind kind = subject->in_full ? EVENT_SOCKET : EVENT_SOCKET_LINE;
    const struct inspection *seen = subject->seen;
    const struct sockdiag_socket *socket = subject->item ? &subject->item->socket : NULL;
    const int family = socket ? socket->family : seen->family, type = socket ? socket->type : seen->type;
    const bool listens = socket ? socket->state == TCP_LISTEN : seen->listening;
    const bool has_memory = socket && socket->has_memory;
    const bool has_timer = socket && socket->timer != SOCKDIAG_TIMER_NONE;
    char user[64], other_user[64], local_name[400], peer_name[400], interface[IF_NAMESIZE] = "";
    const char *flags[4];
    size_t flag_count = flags_texts(subject->open_flags, flags);

    if (!sink_wants(sink, kind))
        return;
    if (socket && socket->interface != 0)
        if_indextoname(socket->interface, interface);
    cleanup_rows struct holder_rows holders = holder_rows_of(subject->item);
    cleanup_socklist struct socklist others = {.items = NULL};
    bool has_other = subject->in_full && other_end_find(subject, &others);
    const struct socklist_item *other = has_other ? &others.items[0] : NULL;
    cleanup_rows struct holder_rows other_holders = holder_rows_of(other);
    const struct field other_fields[] = {
        other ? F_STATE("state", other->socket.state) : F_NONE,
        user_field(other ? &other->socket : NULL, other_user, sizeof(other_user)),
        uid_field(other ? &other->socket : NULL),
        other && other_holders.count > 0 ? holders_field(&other_holders) : F_NONE,
        F_TEXT("owner", other ? socklist_owner_note(&others, other) : NULL),
        F_END,
    };
    const struct field credentials[] = {
        seen && seen->has_credentials ? F_INT("pid", seen->pid) : F_NONE,
        seen && seen->has_credentials ? F_INT("uid", seen->uid) : F_NONE,
        seen && seen->has_credentials ? F_INT("gid", seen->gid) : F_NONE,
        seen && seen->has_pidfd ? F_INT("pidfd", seen->pidfd) : F_NONE,
        F_END,
    };
    const struct field fields[] = {
        F_NAME("family", names_family, family),
        F_NAME("type", names_type, type),
        family == AF_UNIX ? F_NONE
                          : F_NAME("protocol", names_protocol, socket ? socket->protocol : seen->protocol),
        F_ADDRESS("local", local_of(subject)),
        F_ADDRESS("peer", peer_of(subject)),
        F_COUNT("cookie", cookie_of(subject)),
        /* The fields above say which socket; the others may change. */
        subject->fd >= 0 ? F_INT("fd", subject->fd) : F_NONE,
        F_FOREIGN("local_name",
            subject->names ? address_name(sink, local_of(subject), type, local_name, sizeof(local_name))
                           : NULL),
        F_FOREIGN("peer_name",
            subject->names ? address_name(sink, peer_of(subject), type, peer_name, sizeof(peer_name)) : NULL),
        F_STATE("state", state_of(subject)),
        subject->open_flags >= 0 ? F_TEXTS("flags", flags, flag_count) : F_NONE,
        listens && socket ? F_INT("queue", socket->receive_queue) : F_NONE,
        listens && socket ? F_INT("limit", socket->send_queue) : F_NONE,
        listens ? F_NONE
                : bytes_field(
                      "receive_queue", socket, socket ? socket->receive_queue : 0, seen ? seen->input : -1),
        listens
            ? F_NONE
            : bytes_field("send_queue", socket, socket ? socket->send_queue : 0, seen ? seen->output : -1),
        seen && seen->unsent >= 0 ? F_SIZE("unsent", (uint64_t)seen->unsent) : F_NONE,
        has_memory ? F_INT("drops", socket->drops) : F_NONE,
        bytes_field("receive_buffer", has_memory, has_memory ? socket->receive_buffer : 0,
            seen ? seen->receive_buffer : -1),
        bytes_field(
            "send_buffer", has_memory, has_memory ? socket->send_buffer : 0, seen ? seen->send_buffer : -1),
        has_timer ? F_NAME("timer", names_timer, socket->timer) : F_NONE,
        has_timer ? F_TIME("expires", socket->expires) : F_NONE,
        has_timer ? F_INT("retransmits", socket->retransmits) : F_NONE,
        shutdown_field(socket),
        F_TEXT("congestion", socket && socket->congestion[0] != '\0' ? socket->congestion : NULL),
        F_FOREIGN("interface", interface[0] != '\0' ? interface : NULL),
        socket && socket->v6only ? F_BOOL("v6only", true) : F_NONE,
        uid_field(socket),
        user_field(socket, user, sizeof(user)),
        F_INT("inode", socket ? socket->inode : (int64_t)seen->inode),
        holders_field(&holders),
        F_TEXT("owner", subject->item ? socklist_owner_note(subject->list, subject->item) : NULL),
        seen && seen->has_credentials ? F_OBJECT("credentials", credentials) : F_NONE,
        other ? F_OBJECT("other_end", other_fields) : F_NONE,
        F_END,
    };
    watch_emit(watch, sink, kind, EVENT_SOCKET_CHANGE, cookie_of(subject), 6, running, fields);
}
