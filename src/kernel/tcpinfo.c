/* SPDX-License-Identifier: ISC */
/* Reading TCP_INFO, and the table of its members. */
#include "kernel/tcpinfo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/number.h"

_Static_assert(sizeof(struct tcp_info_full) == 280, "struct tcp_info of Linux 6.18 has 280 bytes");
_Static_assert(offsetof(struct tcp_info_full, tcpi_rtt) == 68, "tcpi_rtt");
_Static_assert(offsetof(struct tcp_info_full, tcpi_busy_time) == 168, "tcpi_busy_time");
_Static_assert(offsetof(struct tcp_info_full, tcpi_total_rto) == 240, "tcpi_total_rto");

/* tcpi_delivery_rate_app_limited in tcpi_rate_bits: the first bit-field of its byte. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define APP_LIMITED_BIT 0x01
#else
#define APP_LIMITED_BIT 0x80
#endif

#define AT(member)   offsetof(struct tcp_info_full, member)
#define SIZE(member) sizeof(((struct tcp_info_full *)NULL)->member)

const struct tcpinfo_member tcpinfo_members[] = {
#define MEMBER(type, name, unit)             {#name, AT(name), SIZE(name), 0, 0, TCPINFO_##unit},
#define BITS(byte, name, shift, width, unit) {#name, AT(byte), 1, shift, width, TCPINFO_##unit},
#include "kernel/tcpinfo-members.h"
};
const size_t tcpinfo_member_count = array_size(tcpinfo_members);

int tcpinfo_read(int fd, struct tcpinfo *info)
{
    socklen_t length = sizeof(info->is);
    memset(info, 0, sizeof(*info));
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info->is, &length) < 0)
        return -1;
    info->length = length;
    return 0;
}

void tcpinfo_from_bytes(struct tcpinfo *info, const void *data, size_t length)
{
    memset(info, 0, sizeof(*info));
    info->length = MIN(length, sizeof(info->is));
    memcpy(&info->is, data, info->length);
}

bool tcpinfo_has(const struct tcpinfo *info, const struct tcpinfo_member *member)
{
    return (size_t)member->offset + member->size <= info->length;
}

/* The compiler lays out bit-fields from the low bit on little-endian machines, from the high bit on
 * others. */
static uint64_t bits_value(unsigned byte, const struct tcpinfo_member *member)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    unsigned shift = member->shift;
#else
    unsigned shift = 8u - member->shift - member->bits;
#endif
    return byte >> shift & ((1u << member->bits) - 1);
}

uint64_t tcpinfo_value(const struct tcpinfo *info, const struct tcpinfo_member *member)
{
    const char *at = (const char *)&info->is + member->offset;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    if (!tcpinfo_has(info, member))
        return 0;
    switch (member->size) {
    case 1: return member->bits > 0 ? bits_value(*(const uint8_t *)at, member) : *(const uint8_t *)at;
    case 2: memcpy(&two, at, sizeof(two)); return two;
    case 4: memcpy(&four, at, sizeof(four)); return four;
    default: memcpy(&eight, at, sizeof(eight)); return eight;
    }
}

bool tcpinfo_value_is_none(const struct tcpinfo_member *member, uint64_t value)
{
    switch (member->unit) {
    case TCPINFO_BYTES_PER_SECOND: return value == UINT64_MAX;
    case TCPINFO_MIN_RTT: return value == UINT32_MAX;
    case TCPINFO_SSTHRESH: return value >= 0x7fffffff; /* TCP_INFINITE_SSTHRESH, net/tcp.h */
    default: return false;
    }
}

/* Whether a part of the busy time is large enough to be the limit. */
static bool is_most(uint64_t part, uint64_t whole)
{
    return part > whole / 2;
}

/* More than one byte in a hundred resent is more than reordering explains. */
static bool is_lossy(const struct tcp_info_full *is)
{
    return is->tcpi_bytes_sent > 0 ? is->tcpi_bytes_retrans > is->tcpi_bytes_sent / 100
                                   : is->tcpi_total_retrans > is->tcpi_segs_out / 100;
}

/*
 * The kernel calls a sender limited by the application whenever all that it was given is in flight
 * (tcp_rate_check_app_limited(), net/ipv4/tcp_rate.c), even if more did not fit into the send buffer: a
 * writer that waits for room counts in tcpi_sndbuf_limited only if the window was still holding something
 * back (tcp_cwnd_validate(), net/ipv4/tcp_output.c).
 */
static enum tcpinfo_limit limit_of(const struct tcpinfo *info, bool application_limited, bool buffer_is_full)
{
    const struct tcp_info_full *is = &info->is;
    if (info->length < offsetof(struct tcp_info_full, tcpi_delivered))
        return TCPINFO_LIMIT_UNKNOWN;
    if (is->tcpi_busy_time == 0 && is->tcpi_data_segs_out == 0)
        return TCPINFO_LIMIT_IDLE;
    if (is_most(is->tcpi_rwnd_limited, is->tcpi_busy_time))
        return TCPINFO_LIMIT_RECEIVER;
    if (is_most(is->tcpi_sndbuf_limited, is->tcpi_busy_time))
        return TCPINFO_LIMIT_SEND_BUFFER;
    if (is_lossy(is))
        return TCPINFO_LIMIT_LOSS;
    if (application_limited)
        return buffer_is_full ? TCPINFO_LIMIT_SEND_BUFFER : TCPINFO_LIMIT_APPLICATION;
    return TCPINFO_LIMIT_CONGESTION;
}

struct tcpinfo_verdict tcpinfo_judge(const struct tcpinfo *info, bool buffer_is_full)
{
    const struct tcp_info_full *is = &info->is;
    uint64_t waiting = is->tcpi_rwnd_limited + is->tcpi_sndbuf_limited;
    bool nothing_waits = is->tcpi_notsent_bytes == 0 && is->tcpi_unacked == 0;
    struct tcpinfo_verdict verdict = {
        .busy = (int64_t)is->tcpi_busy_time * NS_PER_US,
        .receiver = (int64_t)is->tcpi_rwnd_limited * NS_PER_US,
        .send_buffer = (int64_t)is->tcpi_sndbuf_limited * NS_PER_US,
        .network = (int64_t)(is->tcpi_busy_time - MIN(waiting, is->tcpi_busy_time)) * NS_PER_US,
        .sent = is->tcpi_bytes_sent,
        .retransmitted = is->tcpi_bytes_retrans,
        .buffer_is_full = buffer_is_full,
        .application_limited = (is->tcpi_rate_bits & APP_LIMITED_BIT) != 0 || nothing_waits,
    };
    verdict.limit = limit_of(info, verdict.application_limited, buffer_is_full);
    return verdict;
}

struct tcpinfo tcpinfo_since(const struct tcpinfo *now, const struct tcpinfo *before)
{
    struct tcpinfo since = *now;
    const struct tcp_info_full *then = &before->is;
    since.is.tcpi_busy_time -= then->tcpi_busy_time;
    since.is.tcpi_rwnd_limited -= then->tcpi_rwnd_limited;
    since.is.tcpi_sndbuf_limited -= then->tcpi_sndbuf_limited;
    since.is.tcpi_bytes_sent -= then->tcpi_bytes_sent;
    since.is.tcpi_bytes_retrans -= then->tcpi_bytes_retrans;
    since.is.tcpi_bytes_received -= then->tcpi_bytes_received;
    since.is.tcpi_total_retrans -= then->tcpi_total_retrans;
    since.is.tcpi_segs_out -= then->tcpi_segs_out;
    since.is.tcpi_data_segs_out -= then->tcpi_data_segs_out;
    return since;
}

bool tcpinfo_receives(const struct tcpinfo *now, const struct tcpinfo *since)
{
    const struct tcp_info_full *is =
        since->is.tcpi_bytes_received == 0 && since->is.tcpi_bytes_sent == 0 ? &now->is : &since->is;
    return is->tcpi_bytes_received > is->tcpi_bytes_sent;
}

enum tcpinfo_limit tcpinfo_judge_receiver(const struct tcpinfo *since, uint64_t unread)
{
    const struct tcp_info_full *is = &since->is;
    if (since->length < offsetof(struct tcp_info_full, tcpi_rehash))
        return TCPINFO_LIMIT_UNKNOWN;
    /* What waits here has used up most of the window. */
    if (unread > 0 && is->tcpi_rcv_wnd < unread)
        return TCPINFO_LIMIT_READER;
    return is->tcpi_bytes_received > 0 ? TCPINFO_LIMIT_SENDER : TCPINFO_LIMIT_IDLE;
}

/* clang-format off */
const struct name_table names_tcpinfo_limit = {"limit_", (const struct name[]){
    {TCPINFO_LIMIT_IDLE, "idle"}, {TCPINFO_LIMIT_APPLICATION, "application"},
    {TCPINFO_LIMIT_RECEIVER, "receiver-window"}, {TCPINFO_LIMIT_SEND_BUFFER, "send-buffer"},
    {TCPINFO_LIMIT_LOSS, "network-loss"}, {TCPINFO_LIMIT_CONGESTION, "congestion-window"},
    {TCPINFO_LIMIT_READER, "reader"}, {TCPINFO_LIMIT_SENDER, "sender"},
    {TCPINFO_LIMIT_UNKNOWN, "unknown"}, {0, NULL}}};

const struct name_table names_ca_state = {"TCP_CA_", (const struct name[]){
    {0, "Open"}, {1, "Disorder"}, {2, "CWR"}, {3, "Recovery"}, {4, "Loss"}, {0, NULL}}};

const struct name_table names_tcpi_option = {"TCPI_OPT_", (const struct name[]){
    {1, "TCPI_OPT_TIMESTAMPS"}, {2, "TCPI_OPT_SACK"}, {4, "TCPI_OPT_WSCALE"}, {8, "TCPI_OPT_ECN"},
    {16, "TCPI_OPT_ECN_SEEN"}, {32, "TCPI_OPT_SYN_DATA"}, {64, "TCPI_OPT_USEC_TS"},
    {128, "TCPI_OPT_TFO_CHILD"}, {0, NULL}}};
/* clang-format on */

int64_t tcpinfo_marks(const struct tcpinfo *info)
{
    const struct tcp_info_full *is = &info->is;
    return (int64_t)(is->tcpi_bytes_acked - (is->tcpi_bytes_sent - is->tcpi_bytes_retrans));
}

int64_t tcpinfo_unacknowledged(const struct tcpinfo *info, unsigned retransmits, int64_t expires)
{
    const struct tcp_info_full *is = &info->is;
    int64_t timeout = is->tcpi_rto * NS_PER_US, doublings = MIN(is->tcpi_backoff, 30);
    /* The timeout has doubled each time (RFC 6298, section 5.5), but not for each SYN
     * (tcp_syn_linear_timeouts) and not beyond a limit; so this is the least. */
    int64_t times = MAX((INT64_C(1) << doublings) - 1, (int64_t)retransmits);
    int64_t since = (timeout >> doublings) * times + MAX(timeout - expires, 0);
    int64_t last_ack = is->tcpi_last_ack_recv * NS_PER_MS;
    if (info->length == 0 || retransmits == 0)
        return 0;
    return is->tcpi_state == TCP_SYN_SENT ? since : MIN(since, last_ack);
}
