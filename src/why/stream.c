/* Why receiving or sending failed on a connection, and what a message's limit is. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "kernel/procfs.h"
#include "why/judges.h"
#include "why/way.h"

static bool is_unix(const struct why *why)
{
    return why->evidence->family == AF_UNIX;
}

static void why_reset(struct why *why)
{
    struct field received = F_INT("received", (int64_t)why->evidence->received),
                 sent = F_INT("sent", (int64_t)why->evidence->sent);
    if (is_unix(why))
        emit_cause(why, UNIX_RESET, received, sent);
    else
        emit_cause(why, RESET_BY_PEER, received, sent,
            F_TEXT("unaccepted",
                why->evidence->received == 0 ? "closed its listener before it accepted" : NULL));
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

static void why_unanswered(struct why *why)
{
    const struct tcpinfo *tcpinfo = &why->evidence->tcpinfo;
    if (tcpinfo->length == 0)
        return;
    struct field probes = tcpinfo->is.tcpi_probes > 0 ? F_INT("probes", tcpinfo->is.tcpi_probes) : F_NONE;
    if (why->failure->error == ETIMEDOUT && is_window_closed(tcpinfo)) {
        emit_cause(
            why, WINDOW_CLOSED, F_TIME("last_ack", tcpinfo->is.tcpi_last_ack_recv * NS_PER_MS), probes);
        return;
    }
    emit_cause(why, DATA_UNANSWERED,
        tcpinfo->is.tcpi_unacked > 0 ? F_INT("unacknowledged", tcpinfo->is.tcpi_unacked) : F_NONE,
        tcpinfo->is.tcpi_total_retrans > 0 ? F_INT("retransmits", tcpinfo->is.tcpi_total_retrans) : F_NONE,
        probes);
    why_way(why);
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
