/* An IPv4 or IPv6 packet: where its TCP header begins. The captured length is checked before each read. */
#include "kernel/packet.h"

#include <netinet/in.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* Extension headers of IPv6 that may stand before TCP. */
#define HOP_BY_HOP  0
#define ROUTING     43
#define DESTINATION 60

/* Takes it that the packet has header bytes in front of TCP, and as many as IP says in all. */
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
    /* 0: segments that the device is to cut up, larger than the field can tell. */
    return packet_fill(bytes, length, header, total ? total : length, packet);
}

/* RFC 8200, section 4: extension headers say what follows, and their length in units of 8 bytes behind the
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
