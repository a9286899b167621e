/* SPDX-License-Identifier: ISC */
/* A TCP segment as it is on the wire, read from a captured packet; RFC 791, RFC 8200, RFC 9293. */
#ifndef KERNEL_SEGMENT_H
#define KERNEL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/name.h"

extern const struct name_table names_tcp_flags; /* FIN, SYN, RST, PSH, ACK, URG, ECE, CWR */

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_ACK 0x10
#define TCP_FLAG_URG 0x20

#define SEGMENT_OPTIONS_TEXT 160

struct wire_segment {
    struct address from, to;
    uint32_t seq, ack; /* as they are, not relative */
    unsigned flags;
    uint16_t window, urgent;
    size_t length;                      /* of the data */
    char options[SEGMENT_OPTIONS_TEXT]; /* of a SYN: "MSS 65495, SACK, TS, WS 10" */
};

/* Reads an IPv4 or IPv6 packet of which length bytes were captured. False if the TCP header is incomplete, or
 * the packet is a fragment. */
bool segment_read(const unsigned char *bytes, size_t length, struct wire_segment *segment);

/* Lists the options of a SYN in options, which has room for SYN_OPTIONS_MAX; they lie in copy. Returns how
 * many. */
size_t segment_options(
    const struct wire_segment *segment, char copy[SEGMENT_OPTIONS_TEXT], const char *options[]);

#endif
