/* SPDX-License-Identifier: ISC */
/* Why no SYN was answered, and what moved while nothing came. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "kernel/route/link.h"
#include "why/cause.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/owner.h"
#include "why/servers.h"
#include "why/way.h"

/* Counts of drops that leave no other trace. They are of the namespace, not of one socket. */
static struct field drops_field(const char *key, char *buffer, size_t size)
{
    struct procfs_counter counters[] = {{.name = "TcpExt.TCPMD5NotFound"},
        {.name = "TcpExt.TCPMD5Unexpected"}, {.name = "TcpExt.TCPMD5Failure"},
        {.name = "TcpExt.TCPAORequired"}, {.name = "TcpExt.TCPAOBad"}, {.name = "Xfrm.XfrmOutNoStates"},
        {.name = "Xfrm.XfrmOutPolBlock"}, {.name = "Xfrm.XfrmInNoStates"}, {.name = "Xfrm.XfrmInNoPols"},
        {.name = "Xfrm.XfrmInPolBlock"}, {.name = "Xfrm.XfrmInTmplMismatch"}};
    size_t length = 0;
    buffer[0] = '\0';
    procfs_counters(counters, array_size(counters));
    for (size_t i = 0; i < array_size(counters) && length < size; i++) {
        const char *name = strchr(counters[i].name, '.') + 1;
        if (counters[i].found && counters[i].value > 0)
            length += (size_t)snprintf(buffer + length, size - length, "%s%s %lld", length ? ", " : "", name,
                (long long)counters[i].value);
    }
    return F_TEXT(key, length > 0 ? buffer : NULL);
}

static void cause_unanswered(struct why *why, const char *guess, struct field counted)
{
    const struct failure *failure = why->failure;
    if (failure->evidence.tcpinfo.length == 0)
        return;
    emit_cause(why, SYN_UNANSWERED, F_ADDRESS("address", &failure->address),
        F_INT("syns", failure->evidence.tcpinfo.is.tcpi_total_retrans + 1),
        F_TIME("elapsed", failure_waited(failure)), F_TEXT("guess", guess), counted);
}

/* The handshakes with a listener that are not finished. */
struct handshakes {
    const struct sockdiag_socket *listener;
    uint32_t count;
};

static int handshakes_visit(const struct sockdiag_socket *socket, void *data)
{
    (void)socket;
    ((struct handshakes *)data)->count++;
    return 0;
}

/* Without SYN cookies a full SYN queue drops what comes (tcp_conn_request() in the kernel). */
static bool cause_syn_queue(struct why *why, const struct sockdiag_socket *listener)
{
    struct handshakes handshakes = {.listener = listener};
    int64_t cookies, most;
    for (int i = 0; i < 2; i++) {
        struct sockdiag_query query = {.family = i == 0 ? AF_INET : AF_INET6,
            .protocol = IPPROTO_TCP,
            .states = SOCKDIAG_STATE(TCP_SYN_RECV),
            .port = address_port(&listener->local)};
        if (sockdiag_each(&query, handshakes_visit, &handshakes) < 0)
            return false;
    }
    if (procfs_sysctl("net.ipv4.tcp_syncookies", &cookies, 1) != 1 || cookies != 0)
        return false;
    if (procfs_sysctl("net.ipv4.tcp_max_syn_backlog", &most, 1) != 1)
        most = INT64_MAX;
    bool full = handshakes.count > listener->send_queue;
    /* The last quarter is kept for peers that are known. */
    bool reserved = most - handshakes.count < most / 4;
    if (!full && !reserved)
        return false;
    struct owner owner = owner_of(listener);
    emit_cause(why, SYN_QUEUE_FULL, F_ADDRESS("held", &listener->local), F_INT("length", handshakes.count),
        F_INT("limit", full ? (int64_t)listener->send_queue : most - most / 4),
        F_TEXT("limiter", full ? NULL : "net.ipv4.tcp_max_syn_backlog"), F_OWNER(&owner));
    return true;
}

static bool cause_accept_queue(struct why *why, const struct servers *servers)
{
    const struct sockdiag_socket *full;
    size_t count = servers_full(servers, &full);
    if (count == 0)
        return false;
    struct owner owner = owner_of(full);
    emit_cause(why, ACCEPT_QUEUE_FULL, F_ADDRESS("held", &full->local), F_INT("length", full->receive_queue),
        F_INT("limit", full->send_queue),
        servers->count > count ? F_INT("sharing", (int64_t)servers->count) : F_NONE,
        servers->count > count ? F_INT("sharers", (int64_t)servers->count) : F_NONE, F_OWNER(&owner));
    return true;
}

/* The packets never leave this host, so it dropped them itself. */
static void why_silent_here(struct why *why)
{
    struct link lo;
    char drops[256];
    if (link_find(LINK_LOOPBACK, &lo) == 0 && !lo.is_up) {
        cause_link(why, &lo);
        return;
    }
    cleanup_free struct servers *servers = servers_find(why->failure, IPPROTO_TCP);
    if (!servers ||
        (servers->count > 0 && (cause_accept_queue(why, servers) || cause_syn_queue(why, &servers->at[0])))) {
        cause_unanswered(why, NULL, F_NONE);
        return;
    }
    struct field counted = drops_field("counters", drops, sizeof(drops));
    if (servers->count > 0) {
        struct owner owner = owner_of(&servers->at[0]);
        emit_cause(why, DROPPED_LISTENER, F_ADDRESS("held", &servers->at[0].local),
            F_INT("length", servers->at[0].receive_queue), F_INT("limit", servers->at[0].send_queue), counted,
            F_OWNER(&owner));
    } else {
        emit_cause(why, DROPPED_HERE, F_ADDRESS("address", &why->failure->address), counted);
    }
    cause_unanswered(why, NULL, F_NONE);
}

void why_timed_out(struct why *why)
{
    const struct failure *failure = why->failure;
    char guess[ADDRESS_TEXT_MAX + 64], where[ADDRESS_TEXT_MAX], drops[256];
    if (failure->evidence.dropped.certain > 0) {
        cause_unanswered(why, NULL, F_NONE);
    } else if (failure->evidence.icmp.there) {
        cause_icmp(why);
        cause_unanswered(why, NULL, F_NONE);
    } else if (cause_translated(why, "no answer came from there")) {
        cause_unanswered(why, NULL, F_NONE);
    } else if (stays_here(failure)) {
        why_silent_here(why);
    } else if (!cause_neighbour(why)) {
        snprintf(guess, sizeof(guess), "dropped here, on the way, or at %s",
            address_text(&failure->address, where, sizeof(where)));
        cause_unanswered(why, guess, drops_field("counters", drops, sizeof(drops)));
    }
}

/* Enough for a name and its meaning. */
#define MOVE_TEXT_MAX 192

/* "ListenDrops +3 (what it counts)"; one from which others are subtracted: "OutRequests +3 beyond
 * OutTransmits". Returns its length. */
static size_t move_text(const struct counter_move *move, char *text, size_t size)
{
    const struct counter_row *row = &counter_rows[move->row];
    int length = snprintf(text, size, "%s +%lld%s%.*s (%s)", row->name, (long long)move->by,
        *row->less ? " beyond " : "", (int)strcspn(row->less, " "), row->less, row->meaning);
    return length < 0 ? 0 : (size_t)length;
}

/* The counters are of the network namespace, so other traffic may have moved them, too. */
void why_moved(struct why *why)
{
    const struct evidence *evidence = why->evidence;
    struct field fields[MOVES_MOST][4];
    const struct field *rows[MOVES_MOST];
    char names[MOVES_MOST][COUNTER_NAME_MAX], text[MOVES_MOST * MOVE_TEXT_MAX];
    size_t length = 0;
    for (size_t i = 0; i < evidence->move_count; i++) {
        const struct counter_move *move = &evidence->moves[i];
        if (i > 0 && length < sizeof(text))
            length += (size_t)snprintf(text + length, sizeof(text) - length, ", ");
        if (length < sizeof(text))
            length += move_text(move, text + length, sizeof(text) - length);
        fields[i][0] = F_TEXT("counter", counter_name(move->row, names[i], sizeof(names[i])));
        fields[i][1] = F_INT("count", move->by);
        fields[i][2] = F_TEXT("meaning", counter_rows[move->row].meaning);
        fields[i][3] = F_END;
        rows[i] = fields[i];
    }
    if (evidence->move_count > 0)
        emit_cause(why, COUNTERS_MOVED, F_TEXT("moved", text), F_LIST("moves", rows, evidence->move_count));
}

void why_dropped(struct why *why)
{
    const struct dropped *dropped = &why->evidence->dropped;
    const char *what = why->evidence->type == SOCK_DGRAM      ? "datagram"
                       : why->failure->phase == PHASE_CONNECT ? "SYN"
                                                              : "segment";
    struct field said[] = {F_TEXT("what", what),
        F_TEXT("reason", *dropped->reason ? dropped->reason : "this kernel does not say why"),
        F_TEXT("location", *dropped->location ? dropped->location : NULL),
        dropped->count > 1 ? F_INT("times", dropped->count) : F_NONE, F_END};
    if (*dropped->reset)
        emit_cause(why, RESET_BY_HOST, F_TEXT("reason", dropped->reset));
    else if (dropped->certain > 0)
        cause_emit(why, CAUSE_DROPPED_BY_HOST, said);
    else if (dropped->count > 0)
        cause_emit(why, CAUSE_DROPPED_MEANWHILE, said);
}

/* The only listener of the address in whose queue something waits; of several, each may have it. */
static bool queue_find(const struct why *why, struct sockdiag_socket *listener)
{
    const struct failure *failure = why->failure;
    size_t count = 0;
    if (failure->address.sa.sa_family == AF_UNIX)
        return sockdiag_find_unix(&failure->address, failure->evidence.type, listener) == 1 &&
               listener->state == TCP_LISTEN && listener->receive_queue > 0;
    cleanup_free struct servers *servers = servers_find(failure, IPPROTO_TCP);
    for (size_t i = 0; servers && i < servers->count; i++) {
        if (servers->at[i].receive_queue == 0)
            continue;
        *listener = servers->at[i];
        count++;
    }
    return count == 1;
}

bool cause_not_accepted(struct why *why)
{
    struct sockdiag_socket listener;
    if (!why->evidence->unaccepted || !queue_find(why, &listener))
        return false;
    struct owner owner = owner_of(&listener);
    emit_cause(why, NOT_ACCEPTED, F_ADDRESS("held", &why->failure->address),
        F_INT("length", listener.receive_queue), F_INT("limit", listener.send_queue), F_OWNER(&owner));
    return true;
}

void why_not_read(struct why *why)
{
    const struct evidence *evidence = why->evidence;
    struct sockdiag_socket reader;
    int64_t most;
    if (!evidence->no_room || why->failure->address.sa.sa_family != AF_UNIX ||
        sockdiag_find_unix(&why->failure->address, SOCK_DGRAM, &reader) != 1)
        return;
    bool is_own = evidence->unacknowledged >= evidence->send_buffer;
    bool known = !is_own && procfs_sysctl("net.unix.max_dgram_qlen", &most, 1) == 1;
    struct owner owner = owner_of(&reader);
    emit_cause(why, PEER_NOT_READING, F_ADDRESS("held", &why->failure->address),
        known ? F_INT("limit", most) : F_NONE, is_own ? F_INT("send_buffer", evidence->send_buffer) : F_NONE,
        F_OWNER(&owner));
}
