/* SPDX-License-Identifier: ISC */
/* connect --conns: the states of the connections; of both ends if both are on this host. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/cleanup.h"
#include "call/observe.h"
#include "kernel/route/route.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/why.h"
#include "call/call.h"
#include "net/connect/conns.h"
#include "net/watch/states.h"

static void far_clear(struct conns *conns)
{
    memset(conns->by_port, 0, (UINT16_MAX + 1) * sizeof(*conns->by_port));
    for (unsigned i = 0; i < conns->plan->count; i++) {
        struct conn *conn = &conns->items[i];
        conn->far = -1;
        if (conn->fd >= 0 && address_port(&conn->local) > 0)
            conns->by_port[address_port(&conn->local)] = i + 1;
    }
}

/* Takes one socket with the peer's port, which may be the other end of one of ours. */
static int far_visit(const struct sockdiag_socket *socket, void *data)
{
    struct conns *conns = data;
    struct address peer = socket->peer;
    int port = address_port(&peer);
    uint32_t index = socket->peer.length && port > 0 ? conns->by_port[port] : 0;
    address_unmap(&peer);
    if (index && address_equal(&peer, &conns->items[index - 1].local))
        conns->items[index - 1].far = socket->state;
    return 0;
}

/* Finds the other ends in one walk over all sockets of that port. */
static void far_look(struct conns *conns)
{
    const struct address *peer = &conns->items[0].peer;
    if (peer->sa.sa_family == AF_UNIX || !(address_is_wildcard(peer) || route_is_local(peer)))
        return;
    far_clear(conns);
    /* An IPv4 connection to a listener of both families is listed under AF_INET6. */
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < array_size(families); i++) {
        struct sockdiag_query query = {
            .family = families[i], .protocol = IPPROTO_TCP, .port = address_port(peer)};
        sockdiag_each(&query, far_visit, conns);
    }
}

/* If `connected` has reported ESTABLISHED and the other end agrees, there is nothing to add. */
static bool is_news(const struct conn *conn)
{
    if (conn->state != conn->emitted)
        return true;
    return conn->far != conn->far_emitted && conn->far != conn->state;
}

void conn_times_emit(struct conns *conns, const struct conn *conn)
{
    struct times times = conns->times;
    times.attempts = (unsigned)conn->target + 1;
    times.attempt = conn->connected ? times.attempts : 0;
    times.connected = conn->connected;
    times.timing = conn->timing;
    times_emit(conns->sink, conn->number, &conn->peer, &times);
}

void conn_drop(struct conns *conns, struct conn *conn)
{
    poller_drop(&conns->poller, conn->fd);
    call_close(conns->sink, &conn->fd);
    conns->open--;
    conn_times_emit(conns, conn);
}

static void conn_look(struct conns *conns, struct conn *conn)
{
    if (conn->fd >= 0)
        conn->state = socket_state(conn->fd);
    if (conn->state >= 0 && is_news(conn))
        emit(conns->sink, EVENT_STATE, F_CONN(conn->number), F_ADDRESS("local", &conn->local),
            F_ADDRESS("peer", &conn->peer),
            conn->emitted != conn->state ? state_seen(conn->emitted, conn->state) : F_NONE,
            conn->emitted != conn->state ? state_previous(conn->emitted, conn->state) : F_NONE,
            F_STATE("state", conn->state), F_STATE("peer_state", conn->far));
    conn->emitted = conn->state;
    conn->far_emitted = conn->far;
    if (conn->connected && conn->state == TCP_CLOSE && conn->fd >= 0) {
        conn_drop(conns, conn);
    }
}

/* The number of connections in each state, as fields named after the states. */
struct tally {
    int64_t counts[TCP_CLOSING + 2];
    struct field fields[TCP_CLOSING + 3];
};

static void tally_add(struct tally *tally, int state)
{
    if (state > 0 && state <= TCP_CLOSING)
        tally->counts[state]++;
}

static const struct field *tally_fields(struct tally *tally)
{
    size_t count = 0;
    for (int state = 1; state <= TCP_CLOSING; state++)
        if (tally->counts[state])
            tally->fields[count++] = F_INT(name_find(&names_state, state), tally->counts[state]);
    tally->fields[count] = F_END;
    return tally->fields;
}

static void counts_emit(struct conns *conns)
{
    struct tally near = {.counts = {0}}, far = {.counts = {0}};
    for (unsigned i = 0; i < conns->plan->count; i++) {
        tally_add(&near, conns->items[i].state);
        tally_add(&far, conns->items[i].far);
    }
    uint64_t sum = conns->failed * 31 + conns->connected;
    for (int state = 1; state <= TCP_CLOSING; state++)
        sum = (sum * 31 + (uint64_t)near.counts[state]) * 31 + (uint64_t)far.counts[state];
    if (conns->counted && sum == conns->sum)
        return;
    conns->counted = true;
    conns->sum = sum;
    const struct field *near_fields = tally_fields(&near), *far_fields = tally_fields(&far);
    emit(conns->sink, EVENT_CONNECTIONS, F_INT("count", conns->plan->count),
        F_INT("connected", (int64_t)conns->connected), F_INT("pending", (int64_t)conns->pending),
        F_INT("failed", (int64_t)conns->failed),
        near_fields->type == FIELD_END ? F_NONE : F_OBJECT("states", near_fields),
        far_fields->type == FIELD_END ? F_NONE : F_OBJECT("peer_states", far_fields));
}

/* Explains once why connections are pending: nothing has failed yet, but what delays them can be seen
 * already. */
static void pending_explain(struct conns *conns)
{
    for (unsigned i = 0; i < conns->plan->count && !conns->explained; i++) {
        const struct conn *conn = &conns->items[i];
        if (conn->fd < 0 || conn->connected || conn->state != TCP_SYN_SENT)
            continue;
        errno = ETIMEDOUT;
        struct failure failure = failure_of(PHASE_CONNECT, "connect", &conn->peer, 0);
        failure.evidence.local = conn->local;
        failure.evidence.type = SOCK_STREAM;
        why_emit(conns->sink, &failure);
        conns->explained = true;
    }
}

void conns_look(struct conns *conns)
{
    far_look(conns);
    for (unsigned i = 0; i < conns->plan->count; i++)
        conn_look(conns, &conns->items[i]);
    counts_emit(conns);
    pending_explain(conns);
}
