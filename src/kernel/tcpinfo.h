/* SPDX-License-Identifier: ISC */
/*
 * TCP_INFO: what the kernel knows about a TCP socket, read with the kernel's length and described by one
 * table, so that every member is printed without being named twice.
 *
 * The structure is our own: glibc's <netinet/tcp.h> has 104 bytes of it, <linux/tcp.h> of Linux 6.1 has 232,
 * and Linux 6.18 fills 280. Members are only ever appended, so an older kernel fills a shorter front part.
 */
#ifndef KERNEL_TCPINFO_H
#define KERNEL_TCPINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name.h"

/* struct tcp_info of Linux 6.18, 280 bytes; units as in tcpinfo-members.h. */
struct tcp_info_full {
#define MEMBER(type, name, unit) type name;
#define BYTE(name)               uint8_t name;
#include "kernel/tcpinfo-members.h"
};

/* What one socket reported. */
struct tcpinfo {
    struct tcp_info_full is; /* zero beyond length */
    size_t length;           /* bytes that the kernel filled in; 0: nothing */
};

/* How to read the number of a member. */
enum tcpinfo_unit {
    TCPINFO_COUNT,
    TCPINFO_SEGMENTS,
    TCPINFO_BYTES,
    TCPINFO_BYTES_PER_SECOND, /* all ones: no limit */
    TCPINFO_MICROSECONDS,
    TCPINFO_MILLISECONDS,
    TCPINFO_MIN_RTT,  /* microseconds; all ones: not measured yet */
    TCPINFO_SSTHRESH, /* segments; 0x7fffffff and above: infinite, no loss yet */
    TCPINFO_FLAG,     /* 0 or 1 */
    TCPINFO_STATE,    /* a TCP state, names_state */
    TCPINFO_CA_STATE, /* a congestion-avoidance state, names_ca_state */
    TCPINFO_OPTIONS,  /* names_tcpi_option bits */
};

struct tcpinfo_member {
    const char *name; /* as in C, "tcpi_rtt" */
    uint16_t offset;  /* of the member, or of the byte that holds its bits */
    uint8_t size;     /* bytes: 1, 2, 4 or 8 */
    uint8_t shift;    /* of a bit-field in its byte */
    uint8_t bits;     /* width of a bit-field, 0 for a whole member */
    enum tcpinfo_unit unit;
};

/* Every member, in the kernel's order. */
extern const struct tcpinfo_member tcpinfo_members[];
extern const size_t tcpinfo_member_count;

/*
 * Reads TCP_INFO of a TCP socket in any state. It changes nothing in the socket, so it is not part of the
 * call trace. 0, or -1 with errno (ENOPROTOOPT or EOPNOTSUPP: not a TCP socket); info is then empty.
 */
int tcpinfo_read(int fd, struct tcpinfo *info);

/* Takes struct tcp_info from the length bytes at data, which sock_diag delivered (INET_DIAG_INFO). */
void tcpinfo_from_bytes(struct tcpinfo *info, const void *data, size_t length);

/* Whether the kernel filled the member in. */
bool tcpinfo_has(const struct tcpinfo *info, const struct tcpinfo_member *member);

/* The member's number; 0 if the kernel did not fill it in. */
uint64_t tcpinfo_value(const struct tcpinfo *info, const struct tcpinfo_member *member);

/* Whether the value means "none": no limit, not measured. */
bool tcpinfo_value_is_none(const struct tcpinfo_member *member, uint64_t value);

/*
 * For how long nothing was acknowledged of what a connection is sending again, in nanoseconds: at least this
 * long, by the tries so far, the backoff of their timer and its rest. 0: unknown.
 */
int64_t tcpinfo_unacknowledged(const struct tcpinfo *info, unsigned retransmits, int64_t expires);

/* How many more bytes were acknowledged than sent: our SYN, if this end connected, and our FIN count one
 * each. Less than 0 if something is not acknowledged. */
int64_t tcpinfo_marks(const struct tcpinfo *info);

/* What has limited the sender for most of the time that it had something to send. */
enum tcpinfo_limit {
    TCPINFO_LIMIT_IDLE,        /* nothing has ever been sent */
    TCPINFO_LIMIT_APPLICATION, /* the program did not give the kernel more to send */
    TCPINFO_LIMIT_RECEIVER,    /* the receiver's window was full */
    TCPINFO_LIMIT_SEND_BUFFER, /* SO_SNDBUF was full, the window was not */
    TCPINFO_LIMIT_LOSS,        /* the network: segments were lost */
    TCPINFO_LIMIT_CONGESTION,  /* the network: the congestion window or the pacing rate, without loss */
    TCPINFO_LIMIT_READER,      /* of one that receives: the program here does not read */
    TCPINFO_LIMIT_SENDER,      /* of one that receives: the peer, or the way from it */
    TCPINFO_LIMIT_UNKNOWN,     /* the kernel does not measure it (before Linux 4.10) */
};
extern const struct name_table names_tcpinfo_limit; /* "receiver-window", … */

/* The verdict and its numbers. Times in nanoseconds. */
struct tcpinfo_verdict {
    enum tcpinfo_limit limit;
    int64_t busy;        /* time in which something was unacknowledged or waited to be sent */
    int64_t receiver;    /* of that: waiting for the receiver's window */
    int64_t send_buffer; /* of that: waiting for room in the send buffer */
    int64_t network;     /* the rest of busy: waiting for acknowledgements, congestion window or pacing */
    uint64_t sent;       /* bytes, retransmissions included */
    uint64_t retransmitted;
    bool buffer_is_full;
    bool application_limited; /* the last rate was measured while the program had nothing more to send */
};
/* buffer_is_full: the send buffer has no room at present. */
struct tcpinfo_verdict tcpinfo_judge(const struct tcpinfo *info, bool buffer_is_full);

/* What was counted from before to now, for a judgement of that time; the rest is as now. */
struct tcpinfo tcpinfo_since(const struct tcpinfo *now, const struct tcpinfo *before);

/* Whether it is a receiver: in the time of since more came in than went out, or if neither moved, ever. */
bool tcpinfo_receives(const struct tcpinfo *now, const struct tcpinfo *since);

/* What kept a receiver from receiving more in the time of since. unread: bytes in its queue now. */
enum tcpinfo_limit tcpinfo_judge_receiver(const struct tcpinfo *since, uint64_t unread);

/* Congestion-avoidance states: "Open", "Disorder", "CWR", "Recovery", "Loss" (enum tcp_ca_state). TCP states:
 * names_state. */
extern const struct name_table names_ca_state;

/* The bits of tcpi_options, "TCPI_OPT_SACK". */
extern const struct name_table names_tcpi_option;

#endif
