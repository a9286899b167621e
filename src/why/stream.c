/* SPDX-License-Identifier: ISC */
/* Why receiving or sending failed on a connection, and what a message's limit is. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "kernel/procfs.h"
#include "kernel/route/route.h"
#include "why/judges.h"
#include "why/route.h"
#include "why/way.h"

static bool is_unix(const struct why *why)
{
    return why->evidence->family == AF_UNIX;
}

/* What RST can mean: who sent nothing left no data unread, and a peer that connected has no listener. */
static const char *reset_guess(const struct evidence *evidence)
{
    bool unread = evidence->sent > 0, unaccepted = !evidence->accepted && evidence->received == 0;
    if (unread)
        return unaccepted
                   ? "most often the peer closed with data unread, or aborted (SO_LINGER 0), or closed its "
                     "listener before it accepted"
                   : "most often the peer closed with data unread, or aborted (SO_LINGER 0)";
    return unaccepted
               ? "the peer aborted (SO_LINGER 0), or closed its listener before it accepted, or something "
                 "on the way sent it"
               : "the peer aborted (SO_LINGER 0), or something on the way sent it";
}

/* A unix socket is reset by its peer alone. */
static const char *unix_reset_guess(const struct evidence *evidence)
{
    if (evidence->accepted || evidence->received > 0)
        return "the peer closed with data unread";
    return evidence->sent > 0 ? "the peer closed with data unread, or the listener closed before accepting"
                              : "the listener closed before accepting";
}

static void why_reset(struct why *why)
{
    const struct evidence *evidence = why->evidence;
    struct field received = F_INT("received", (int64_t)evidence->received),
                 sent = F_INT("sent", (int64_t)evidence->sent);
    bool unaccepted = !evidence->accepted && evidence->received == 0;
    if (is_unix(why))
        emit_cause(why, UNIX_RESET, received, sent, F_TEXT("guess", unix_reset_guess(evidence)));
    else
        emit_cause(why, RESET_BY_PEER, received, sent, F_TEXT("guess", reset_guess(evidence)),
            F_TEXT("unaccepted", unaccepted ? "closed its listener before it accepted" : NULL));
}

static void why_pipe(struct why *why)
{
    if (why->evidence->shut_down)
        emit_cause(why, SHUT_DOWN, F_NONE);
    else if (is_unix(why))
        emit_cause(why, UNIX_PIPE, F_NONE);
    else if (why->evidence->sent == 0)
        why_reset(why); /* RST in CLOSE_WAIT is EPIPE too: tcp_reset() in the kernel */
    else
        emit_cause(why, PEER_CLOSED, F_NONE);
}

/* TCP_USER_TIMEOUT also gives up on a peer that answers the probes of its closed window (tcp_probe_timer in
 * the kernel). */
static bool is_window_closed(const struct tcpinfo *tcpinfo)
{
    return tcpinfo->length >= offsetof(struct tcp_info_full, tcpi_rcv_wnd) && tcpinfo->is.tcpi_snd_wnd == 0;
}

/* This host's own end or way is gone; false if it is there. */
static bool cause_way_gone(struct why *why)
{
    const struct address *local = &why->evidence->local;
    char host[ADDRESS_TEXT_MAX];
    struct route route;
    if (local->length > 0 && !route_is_local(local)) {
        emit_cause(why, SOURCE_GONE, F_TEXT("source", host_text(local, host, sizeof(host))));
        return true;
    }
    if (way_lookup(why->failure, local->length > 0 ? local : NULL, &route) < 0)
        return false;
    if (route.error != 0)
        cause_route(why, &route);
    return route.error != 0 || cause_way_down(why);
}

/*
 * A path that carries small segments and drops full ones, while the ICMP that would say so is filtered (RFC
 * 2923, 2.1): something was acknowledged, never as much as one full segment, and a full one waits.
 */
static bool is_black_hole(const struct evidence *evidence)
{
    const struct tcp_info_full *info = &evidence->tcpinfo.is;
    bool small_passed = info->tcpi_bytes_acked > 1 || evidence->received > 0;
    return evidence->tcpinfo.length >= offsetof(struct tcp_info_full, tcpi_rcv_wnd) &&
           info->tcpi_total_retrans > 0 && info->tcpi_snd_wnd >= info->tcpi_snd_mss &&
           info->tcpi_sacked == 0 && evidence->unacknowledged >= info->tcpi_snd_mss &&
           info->tcpi_bytes_acked < info->tcpi_snd_mss && small_passed;
}

/* What a tunnel or a PPPoE link mostly leaves: a segment for it is tried. */
#define SAFE_SEGMENT 1200

static void cause_black_hole(struct why *why)
{
    const struct tcp_info_full *info = &why->evidence->tcpinfo.is;
    emit_cause(why, MTU_BLACK_HOLE, F_INT("mss", info->tcpi_snd_mss), F_INT("mtu", info->tcpi_pmtu),
        F_INT("acknowledged", info->tcpi_bytes_acked > 0 ? (int64_t)info->tcpi_bytes_acked - 1 : 0),
        F_INT("retransmits", info->tcpi_total_retrans),
        F_SIZE("unacknowledged", why->evidence->unacknowledged),
        F_SIZE("waiting", why->evidence->unacknowledged),
        F_INT("try", info->tcpi_snd_mss > SAFE_SEGMENT ? SAFE_SEGMENT : 536));
}

static void cause_window(struct why *why)
{
    const struct tcp_info_full *info = &why->evidence->tcpinfo.is;
    emit_cause(why, WINDOW_CLOSED, F_TIME("last_ack", info->tcpi_last_ack_recv * NS_PER_MS),
        info->tcpi_probes > 0 ? F_INT("probes", info->tcpi_probes) : F_NONE,
        why->evidence->unacknowledged > 0 ? F_INT("waiting", why->evidence->unacknowledged) : F_NONE);
}

static void why_unanswered(struct why *why)
{
    const struct tcpinfo *tcpinfo = &why->evidence->tcpinfo;
    if (tcpinfo->length == 0)
        return;
    if (why->failure->error == ETIMEDOUT && is_window_closed(tcpinfo)) {
        cause_window(why);
        return;
    }
    bool known = why->evidence->icmp.there || cause_way_gone(why);
    if (!known && is_black_hole(why->evidence)) {
        cause_black_hole(why);
        return;
    }
    emit_cause(why, DATA_UNANSWERED,
        tcpinfo->is.tcpi_unacked > 0 ? F_INT("unacknowledged", tcpinfo->is.tcpi_unacked) : F_NONE,
        tcpinfo->is.tcpi_unacked > 0 ? F_INT("unacked", tcpinfo->is.tcpi_unacked) : F_NONE,
        tcpinfo->is.tcpi_total_retrans > 0 ? F_INT("retransmits", tcpinfo->is.tcpi_total_retrans) : F_NONE,
        tcpinfo->is.tcpi_probes > 0 ? F_INT("probes", tcpinfo->is.tcpi_probes) : F_NONE,
        F_TEXT("guess", known ? NULL : "the peer or the way to it is gone"));
    if (why->evidence->icmp.there || !known)
        why_way(why);
}

void why_limit(struct why *why)
{
    const struct evidence *evidence = why->evidence;
    const struct tcp_info_full *info = &evidence->tcpinfo.is;
    if (cause_not_accepted(why) || evidence->tcpinfo.length == 0 || evidence->unacknowledged == 0 ||
        is_unix(why))
        return;
    if (is_window_closed(&evidence->tcpinfo)) {
        cause_window(why);
    } else if (info->tcpi_total_retrans > 0 && info->tcpi_retransmits > 0 && info->tcpi_unacked > 0) {
        if (cause_way_gone(why))
            return;
        if (is_black_hole(evidence))
            cause_black_hole(why);
        else
            emit_cause(why, DATA_UNANSWERED, F_INT("unacknowledged", info->tcpi_unacked),
                F_INT("unacked", info->tcpi_unacked), F_INT("retransmits", info->tcpi_total_retrans));
    }
}

/* The payload that fits into one IPv4 or IPv6 packet: 65535 less the headers. */
#define UDP4_MAX (65535 - 20 - 8)
#define UDP6_MAX (65535 - 8)

static void why_too_long(struct why *why)
{
    const struct failure *failure = why->failure;
    const struct evidence *evidence = &failure->evidence;
    struct field length = evidence->length > 0 ? F_INT("length", (int64_t)evidence->length) : F_NONE;
    struct address peer = failure->address;
    bool is_v4 = evidence->family == AF_INET || address_unmap(&peer);
    int64_t header = is_v4 ? 28 : 48, largest = is_v4 ? UDP4_MAX : UDP6_MAX;
    if (evidence->type == SOCK_STREAM)
        return;
    if (is_unix(why))
        emit_cause(why, MESSAGE_TOO_LONG, length, F_INT("limit", evidence->send_buffer),
            F_TEXT("note", "SO_SNDBUF, which the message and its bookkeeping must fit into"));
    else if (evidence->length > 0 && evidence->length <= (uint64_t)largest && evidence->path_mtu > header)
        emit_cause(why, MESSAGE_TOO_LONG, length, F_INT("limit", evidence->path_mtu - header),
            F_TEXT("note", "the path's MTU less the headers, as fragmenting is not allowed"));
    else
        emit_cause(why, MESSAGE_TOO_LONG, length, F_INT("limit", largest),
            F_TEXT("note", is_v4 ? "UDP over IPv4" : "UDP over IPv6"));
}

void why_stream(struct why *why)
{
    switch (why->failure->error) {
    case ECONNRESET: why_reset(why); break;
    case EPIPE: why_pipe(why); break;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: why_unanswered(why); break;
    case ECONNABORTED:
        if (why->failure->phase == PHASE_STREAM)
            emit_cause(why, DESTROYED, F_NONE);
        break;
    case EMSGSIZE: why_too_long(why); break;
    case EINVAL:
        /* Only a receive with MSG_OOB has it: tcp_recv_urg(), unix_stream_recv_urg() in the kernel. */
        if (strncmp(why->failure->call, "recv", 4) == 0)
            emit_cause(why, NO_URGENT_BYTE, F_NONE);
        break;
    default: break;
    }
}
