/* SPDX-License-Identifier: ISC */
/* Finding the TCP header of an IPv4 or IPv6 packet. Each read is checked against the captured length. */
#include "kernel/packet.h"

#include <netinet/in.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* Extension headers of IPv6 that may precede TCP. */
#define HOP_BY_HOP  0
#define ROUTING     43
#define DESTINATION 60

/* Accepts header bytes before TCP and, by IP's word, total bytes in all. */
static bool packet_fill(
    const unsigned char *bytes, size_t length, size_t header, size_t total, struct packet *packet)
{
    if (header > length || header > total)
        return false;
    packet->tcp = bytes + header;
    packet->captured = length - header;
    packet->total = total - header;
    return true;
}

static bool ipv4_read(const unsigned char *bytes, size_t length, struct packet *packet)
{
    if (length < IPV4_HEADER)
        return false;
    size_t header = (size_t)(bytes[0] & 0x0f) * 4, total = packet_u16(bytes + 2);
    bool fragment = packet_u16(bytes + 6) & 0x3fff;
    if (header < IPV4_HEADER || bytes[9] != IPPROTO_TCP || fragment)
        return false;
    /* 0: the device will cut up this segment, which is longer than the field can hold. */
    return packet_fill(bytes, length, header, total ? total : length, packet);
}

/* RFC 8200, section 4: an extension header names what follows, and its length in units of 8 bytes beyond the
 * first. */
static bool ipv6_read(const unsigned char *bytes, size_t length, struct packet *packet)
{
    if (length < IPV6_HEADER)
        return false;
    size_t header = IPV6_HEADER, payload = packet_u16(bytes + 4);
    unsigned next = bytes[6];
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION) {
        if (header + 8 > length)
            return false;
        next = bytes[header];
        header += ((size_t)bytes[header + 1] + 1) * 8;
    }
    if (next != IPPROTO_TCP)
        return false;
    return packet_fill(bytes, length, header, payload ? payload + IPV6_HEADER : length, packet);
}

bool packet_read(const unsigned char *bytes, size_t length, struct packet *packet)
{
    packet->version = length ? bytes[0] >> 4 : 0;
    if (packet->version == 4)
        return ipv4_read(bytes, length, packet);
    return packet->version == 6 && ipv6_read(bytes, length, packet);
}
