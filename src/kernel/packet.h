/* SPDX-License-Identifier: ISC */
/* An IPv4 or IPv6 packet with TCP, and where its TCP header begins; RFC 791, RFC 8200. */
#ifndef KERNEL_PACKET_H
#define KERNEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCP_HEADER 20 /* without options */

/* Kinds of TCP options. */
enum tcp_option {
    TCP_OPTION_END = 0,
    TCP_OPTION_NOP = 1,
    TCP_OPTION_MSS = 2,
    TCP_OPTION_WINDOW_SCALE = 3,
    TCP_OPTION_SACK_PERMITTED = 4,
    TCP_OPTION_TIMESTAMPS = 8,
    TCP_OPTION_FAST_OPEN = 34,
};

struct packet {
    int version;              /* 4 or 6 */
    const unsigned char *tcp; /* points into the bytes that were given */
    size_t captured, total;   /* bytes from tcp on: captured, and sent */
};

/* Finds the TCP header in length bytes. False if the packet is another protocol, a fragment, or too short. */
bool packet_read(const unsigned char *bytes, size_t length, struct packet *packet);

/* Numbers in network byte order. */
static inline uint16_t packet_u16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t packet_u32(const unsigned char *at)
{
    return (uint32_t)packet_u16(at) << 16 | packet_u16(at + 2);
}

#endif
