/* SPDX-License-Identifier: ISC */
/* plan -> listening descriptor, and accepted ones. */
#include "net/listen/serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/passes.h"
#include "call/observe.h"
#include "kernel/procfs.h"
#include "kernel/queue.h"
#include "call/call.h"
#include "net/data/pktinfo.h"
#include "net/socket/evidence.h"
#include "net/socket/open.h"
#include "net/listen/saved-syn.h"
#include "net/socket/target.h"
#include "net/watch/moved.h"
#include "net/watch/peer-states.h"
#include "net/watch/wire-watch.h"

/* The default; the kernel limits it to net.core.somaxconn. */
#define BACKLOG_DEFAULT 4096

/* Whether a unix path is a socket that is no longer open: connecting to it is refused. A datagram socket is
 * used to test it, since a live stream listener is not disturbed by one (EPROTOTYPE). Leaves errno at
 * EADDRINUSE, the reason for the question. */
static bool path_is_stale(struct sink *sink, const struct address *address)
{
    struct stat status;
    bool stale = false;
    if (lstat(address->un.sun_path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        int fd = call_socket(sink, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        stale = fd >= 0 && call_connect(sink, fd, address) < 0 && errno == ECONNREFUSED;
        call_close(sink, &fd);
    }
    errno = EADDRINUSE;
    return stale;
}

static int server_bind(struct sink *sink, const struct spec *spec, struct server *server,
    const struct address *address, struct failure *failure)
{
    int64_t began = clock_now();
    bool is_path = spec->family == AF_UNIX && address->un.sun_path[0];
    cleanup_fd int lock = unix_path_lock(address);
    (void)lock; /* clang takes a variable that only has a cleanup for unused */
    int result = call_bind(sink, server->fd, address);
    if (result < 0 && errno == EADDRINUSE && is_path && path_is_stale(sink, address)) {
        bool is_removed = unlink(address->un.sun_path) == 0;
        result = call_bind(sink, server->fd, address);
        if (is_removed && result == 0)
            emit(sink, EVENT_WARNING, F_WARNING(STALE_PATH_REPLACED),
                F_TEXT("text", "replaced the path that a dead listener left behind"),
                F_ADDRESS("address", address));
    }
    if (result < 0) {
        failure_fill(failure, PHASE_LOCAL, "bind", address, began);
        return failure_close(sink, &server->fd, failure);
    }
    unix_path_note(&server->path, address);
    return 0;
}

/* Sets a listener's defaults, which -o may override: see listen in sockctl(1). */
static void defaults_set(struct sink *sink, const struct spec *spec, int fd, const struct address *address)
{
    const int on = 1, only = spec->family == AF_INET6;
    if (spec->type == SOCK_STREAM && spec->family != AF_UNIX &&
        !settings_has(&spec->settings, SOL_SOCKET, SO_REUSEADDR))
        CALL_SETSOCKOPT(sink, fd, SOL_SOCKET, SO_REUSEADDR, on, "1");
    if (spec->show_syn && !settings_has(&spec->settings, IPPROTO_TCP, TCP_SAVE_SYN))
        saved_syn_keep(sink, fd);
    /* -6 means IPv6 only; without a family and an address, both families. */
    bool both = spec->family == AF_UNSPEC && !spec->host;
    if (address->sa.sa_family == AF_INET6 && address_is_wildcard(address) && (only || both) &&
        !settings_has(&spec->settings, IPPROTO_IPV6, IPV6_V6ONLY))
        CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_V6ONLY, only, only ? "1" : "0");
    if (spec->type == SOCK_DGRAM && pktinfo_matters(address))
        pktinfo_ask(sink, fd, &spec->settings, address->sa.sa_family, !only);
}

/* Reports values that the kernel did not take as requested. */
static void clamp_emit(struct sink *sink, const struct spec *spec, int limit)
{
    int64_t most;
    char text[160];
    if (spec->backlog < 0 || limit < 0 || limit >= spec->backlog)
        return;
    bool sysctl = procfs_sysctl("net.core.somaxconn", &most, 1) == 1 && most == limit;
    snprintf(text, sizeof(text), "the backlog of %d was clamped to %d%s", spec->backlog, limit,
        sysctl ? " by net.core.somaxconn" : "");
    emit(sink, EVENT_WARNING, F_WARNING(BACKLOG_CLAMPED), F_TEXT("text", text),
        F_INT("backlog", spec->backlog), F_INT("limit", limit));
}

/* A SYN to a group is dropped (tcp_v4_conn_request()); IPv6 does not even bind. */
static void group_emit(struct sink *sink, const struct spec *spec, const struct address *local)
{
    bool is_multicast = address_is_multicast(local);
    if (spec->type == SOCK_STREAM && (is_multicast || address_is_broadcast(local)))
        emit(sink, EVENT_WARNING, F_WARNING(LISTENING_TO_GROUP),
            F_TEXT("text", is_multicast ? "a multicast address has no connections: no client can connect"
                                        : "a broadcast address has no connections: no client can connect"),
            F_ADDRESS("address", local));
}

static int server_try(struct sink *sink, const struct spec *spec, const struct address *address,
    struct server *server, struct failure *failure)
{
    server->fd = socket_make(sink, spec, address, SOCK_NONBLOCK, failure);
    if (server->fd < 0)
        return -1;
    defaults_set(sink, spec, server->fd, address);
    if (settings_apply(sink, server->fd, &spec->settings, WHEN_EARLY, 0, failure) < 0) {
        call_close(sink, &server->fd);
        return -1;
    }
    if (server_bind(sink, spec, server, address, failure) < 0)
        return -1;
    if (settings_apply(sink, server->fd, &spec->settings, WHEN_BOUND, 0, failure) < 0) {
        server_close(sink, server);
        return -1;
    }
    int64_t began = clock_now();
    int backlog = spec->backlog < 0 ? BACKLOG_DEFAULT : spec->backlog;
    if (spec->type != SOCK_DGRAM && call_listen(sink, server->fd, backlog) < 0) {
        failure_fill(failure, PHASE_LOCAL, "listen", address, began);
        evidence_collect(sink, server->fd, failure);
        server_close(sink, server);
        return -1;
    }
    if (call_getsockname(sink, server->fd, &server->local) < 0) {
        failure_fill(failure, PHASE_LOCAL, "getsockname", address, began);
        server_close(sink, server);
        return -1;
    }
    int state = -1;
    if (spec->type != SOCK_DGRAM)
        queue_made(server->fd, &server->local, &state, &server->limit);
    emit(sink, EVENT_LISTENING, F_ADDRESS("local", &server->local),
        F_TEXT("note", address_is_wildcard(&server->local) ? "all interfaces" : NULL),
        F_STATE("state", state), spec->type == SOCK_DGRAM ? F_NONE : F_INT("backlog", backlog),
        server->limit < 0 ? F_NONE : F_INT("limit", server->limit));
    clamp_emit(sink, spec, server->limit);
    group_emit(sink, spec, &server->local);
    /* A datagram socket is also its only connection. */
    if (settings_apply(sink, server->fd, &spec->settings, WHEN_AFTER, 0, failure) < 0 ||
        (spec->type == SOCK_DGRAM &&
            settings_apply(sink, server->fd, &spec->settings, WHEN_CONN, 0, failure) < 0)) {
        server_close(sink, server);
        return -1;
    }
    return 0;
}

/* :: serves both families, so it comes first if no family was requested. */
static void wildcards_order(struct targets *targets)
{
    if (targets->count > 1 && targets->items[0].sa.sa_family == AF_INET) {
        struct address first = targets->items[0];
        targets->items[0] = targets->items[1];
        targets->items[1] = first;
    }
}

int server_open(
    const struct context *context, const struct spec *spec, struct server *server, struct failure *failure)
{
    struct address path;
    cleanup_targets struct targets targets = {.items = NULL};
    *server = (struct server){.fd = -1, .limit = -1};
    if (spec->family == AF_UNIX) {
        address_unix(&path, spec->path);
        return server_try(context->sink, spec, &path, server, failure);
    }
    const struct question own = {
        .host = spec->host, .service = spec->service, .passive = true, .limit = targets_limit(context, spec)};
    if (targets_resolve(context, spec, &own, &targets, failure) < 0)
        return -1;
    if (!spec->host)
        wildcards_order(&targets);
    for (size_t i = 0; i < targets.count; i++) {
        if (server_try(context->sink, spec, &targets.items[i], server, failure) == 0)
            return 0;
        /* The next address helps only if this family or this address is missing. */
        if (failure->error != EAFNOSUPPORT && failure->error != EADDRNOTAVAIL)
            return -1;
    }
    return -1;
}

void server_close(struct sink *sink, struct server *server)
{
    unix_path_remove(&server->path);
    call_close(sink, &server->fd);
}

/* Errors of accept() that are about one connection, not about the listener: "treat them like EAGAIN",
 * accept(2). */
static bool connection_was_lost(int error)
{
    switch (error) {
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPERM: return true;
    default: return false;
    }
}

/* accept() also returns a connection whose client is already gone: after FIN it is in CLOSE_WAIT, with the
 * data sent before; after RST it is in CLOSE, and only accept() itself still knows the peer. */
static void accepted_emit(
    struct sink *sink, const struct spec *spec, const struct connection *accepted, bool mapped)
{
    const char *gone = NULL, *name = NULL;
    char note[96];
    struct address peer;
    if (!sink_wants(sink, EVENT_ACCEPTED))
        return;
    int state = socket_state(accepted->fd);
    if (state == TCP_CLOSE_WAIT) {
        gone = "fin";
        snprintf(note, sizeof(note), "the client had sent FIN before accept");
    } else if (state == TCP_CLOSE) {
        gone = "rst";
        name = call_getpeername(sink, accepted->fd, &peer) < 0 ? errno_name(errno) : "0";
        snprintf(note, sizeof(note), "the client had sent RST before accept; getpeername: %s", name);
    }
    emit(sink, EVENT_ACCEPTED, F_CONN(accepted->conn), F_ADDRESS("peer", &accepted->peer),
        F_ADDRESS("local", &accepted->local), F_STATE("state", state), F_BOOL("mapped", mapped),
        F_TEXT("gone", gone), F_TEXT("getpeername", name), F_TEXT("note", gone ? note : NULL));
    if (spec->show_syn)
        saved_syn_emit(sink, accepted->fd, accepted->conn);
}

int server_accept(const struct context *context, const struct spec *spec, struct server *server,
    unsigned conn, struct connection *accepted, struct failure *failure)
{
    struct sink *sink = context->sink;
    int64_t began = clock_now();
    *accepted = (struct connection){.conn = conn};
    accepted->fd = call_accept(sink, server->fd, &accepted->peer, SOCK_NONBLOCK);
    if (accepted->fd < 0) {
        bool again = errno == EAGAIN || errno == EINTR || connection_was_lost(errno);
        if (again && ++server->tries < PASSES_MOST)
            return 0;
        return failure_fill(failure, PHASE_ACCEPT, "accept4", &server->local, began);
    }
    server->tries = 0;
    sink_connection(sink, accepted->fd, conn);
    accepted->local =
        sink_wants(sink, EVENT_ACCEPTED) ? socket_local(accepted->fd) : (struct address){.length = 0};
    bool mapped = address_unmap(&accepted->peer);
    address_unmap(&accepted->local);
    wire_watch_add(context->wires, conn, accepted->fd, &accepted->peer);
    accepted_emit(sink, spec, accepted, mapped);
    peer_states_add(context->peers, conn, &accepted->local, &accepted->peer);
    if (settings_apply(sink, accepted->fd, &spec->settings, WHEN_CONN, conn, failure) < 0) {
        call_close(sink, &accepted->fd);
        return -1;
    }
    return 1;
}

/* The failure of one that waited in vain. */
static void server_stop(const struct server *server, int64_t began, struct failure *failure)
{
    errno = ETIMEDOUT;
    failure_fill(failure, PHASE_ACCEPT, "poll", &server->local, began);
    failure->text = "no client connected";
    failure->gave_up = true;
}

int server_wait(const struct context *context, const struct spec *spec, const struct server *server,
    struct failure *failure)
{
    struct pollfd fds[] = {{.fd = server->fd, .events = POLLIN}, {.fd = context->stop_fd, .events = POLLIN}};
    int64_t began = clock_now();
    int64_t late_at = spec->accept_timeout < 0 ? INT64_MAX : watch_now(context->watch) + spec->accept_timeout;
    int result;
    if (spec->accept_timeout >= 0 && spec->family != AF_UNIX)
        moved_wait(context, 0);
    do
        result = watch_poll(context, EVENT_CALL, fds, array_size(fds), late_at);
    while (result == 0 && !watch_over(context->watch, late_at));
    moved_wait_end(context);
    if (result < 0)
        return failure_fill(failure, PHASE_OTHER, "poll", &server->local, 0);
    if (result > 0 && fds[1].revents)
        server_stop(server, began, failure);
    if (result > 0)
        return fds[1].revents ? 0 : 1;
    server_time_out(context, server, spec->accept_timeout, failure);
    return -1;
}

void server_time_out(
    const struct context *context, const struct server *server, int64_t waited, struct failure *failure)
{
    server_stop(server, 0, failure);
    failure->elapsed = waited;
    moved_note(context, failure);
}
