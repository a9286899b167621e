/* SPDX-License-Identifier: ISC */
/*
 * How a TCP connection ended. The kernel's last message has no state but CLOSE and no reason, yet some
 * numbers of it decide (seen on Linux 6.18, net/ipv4/tcp.c and tcp_input.c):
 *
 *  - tcpi_bytes_acked counts our SYN if we connected, and our FIN; a passive end's SYN is not in it. So the
 *    marks (bytes acknowledged beyond those sent) are 2 only if we connected and our FIN was acknowledged,
 * and 0 with an empty queue only if we accepted and never sent a FIN. With 1 an earlier look has to say how
 *    many there were before the end.
 *  - What is not acknowledged stays in the send queue's count, as do the tries and the probes of a timer.
 *  - TIME_WAIT keeps the cookie of its connection, if that had one: it gets it when it is first asked for it.
 */
#include "kernel/sockdiag/ended.h"

#include "base/portability.h"

/* clang-format off */
const struct name_table names_ended = {"", (const struct name[]){
    {ENDED_TIME_WAIT, "time-wait"}, {ENDED_FIN_WAIT2, "fin-wait2"}, {ENDED_PEER_FIRST, "peer-first"},
    {ENDED_RESET, "reset"}, {ENDED_UNANSWERED, "unanswered"}, {ENDED_NEVER_CONNECTED, "never-connected"},
    {ENDED_DISCONNECTED, "disconnected"}, {0, NULL}}};
/* clang-format on */

static int state_left(const struct address *local, const struct address *peer, uint64_t cookie)
{
    struct sockdiag_socket left;
    return sockdiag_lookup(IPPROTO_TCP, local, peer, cookie, &left) == 1 ? left.state : 0;
}

/* A socket that no look has asked for its cookie hands none on; then the queue has to be empty, as it is
 * after a FIN that was acknowledged. */
struct ended_left ended_left_of(const struct sockdiag_socket *gone, const struct seen_socket *seen)
{
    struct ended_left left = {.here = 0};
    if (gone->protocol != IPPROTO_TCP || gone->peer.length == 0)
        return left;
    if (seen || gone->send_queue == 0)
        left.here = state_left(&gone->local, &gone->peer, seen ? gone->cookie : 0);
    left.peer = state_left(&gone->peer, &gone->local, 0);
    return left;
}

/* Whether the kernel counts all that is needed here (tcpi_bytes_sent came with Linux 4.19). */
static bool has_counts(const struct tcpinfo *tcpinfo)
{
    const size_t end = offsetof(struct tcp_info_full, tcpi_bytes_retrans) + sizeof(uint64_t);
    /* A SYN with data (Fast Open) counts differently. */
    return tcpinfo->length >= end && !(tcpinfo->is.tcpi_options & TCPI_OPT_SYN_DATA);
}

static enum ended without_peer(const struct seen_socket *seen)
{
    if (!seen || seen->peer.length == 0)
        return ENDED_UNKNOWN;
    return seen->state == TCP_SYN_SENT ? ENDED_NEVER_CONNECTED : ENDED_DISCONNECTED;
}

enum ended ended_how(
    const struct sockdiag_socket *gone, const struct seen_socket *seen, struct ended_left left)
{
    const struct tcp_info_full *info = &gone->tcpinfo.is;
    if (gone->protocol != IPPROTO_TCP)
        return ENDED_UNKNOWN;
    if (gone->peer.length == 0)
        return without_peer(seen);
    if (left.here == TCP_TIME_WAIT)
        return ENDED_TIME_WAIT;
    if (left.here == TCP_FIN_WAIT2)
        return ENDED_FIN_WAIT2;
    if (!has_counts(&gone->tcpinfo))
        return ENDED_UNKNOWN;
    if (info->tcpi_delivered == 0)
        return ENDED_NEVER_CONNECTED;
    if (left.peer == TCP_TIME_WAIT)
        return ENDED_PEER_FIRST;
    const int64_t marks = tcpinfo_marks(&gone->tcpinfo);
    const int before = seen ? seen->marks : -1;
    bool fin_acknowledged = marks == 2 || (before >= 0 && marks == before + 1);
    bool no_fin = marks == 0 || (before >= 0 && marks == before);
    if (gone->send_queue == 0 && fin_acknowledged && seen &&
        (seen->state == TCP_CLOSE_WAIT || seen->state == TCP_LAST_ACK))
        return ENDED_PEER_FIRST;
    if (gone->send_queue == 0 && !no_fin)
        return ENDED_UNKNOWN;
    return info->tcpi_retransmits || info->tcpi_probes ? ENDED_UNANSWERED : ENDED_RESET;
}
