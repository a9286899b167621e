/* A TCP segment as it is on the wire. Nothing is believed that the captured length does not bear out. */
#include "kernel/segment.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "kernel/syn.h"

/* clang-format off */
const struct name_table names_tcp_flags = {"TCP_FLAG_", (const struct name[]){
    {TCP_FLAG_FIN, "FIN"}, {TCP_FLAG_SYN, "SYN"}, {TCP_FLAG_RST, "RST"}, {0x08, "PSH"}, {TCP_FLAG_ACK, "ACK"},
    {TCP_FLAG_URG, "URG"}, {0x40, "ECE"}, {0x80, "CWR"}, {0, NULL}}};
/* clang-format on */

/* Extension headers of IPv6 that may stand before TCP. */
#define HOP_BY_HOP  0
#define ROUTING     43
#define DESTINATION 60

#define TCP_HEADER 20

static uint16_t number16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t number32(const unsigned char *at)
{
    return (uint32_t)number16(at) << 16 | number16(at + 2);
}

/* The options of a SYN, "MSS 65495, SACK, TS, WS 10". */
static void options_tell(const unsigned char *packet, size_t length, char *text)
{
    struct syn syn;
    size_t used = 0;
    text[0] = '\0';
    if (!syn_decode(packet, length, &syn))
        return;
    for (size_t i = 0; i < syn.kind_count && used < SEGMENT_OPTIONS_TEXT; i++) {
        char number[16] = "", unnamed[16];
        const char *name = syn_option_name(syn.kinds[i]);
        if (syn.kinds[i] == TCPOPT_NOP)
            continue;
        if (syn.kinds[i] == TCPOPT_MAXSEG)
            snprintf(number, sizeof(number), " %d", syn.mss);
        else if (syn.kinds[i] == TCPOPT_WINDOW)
            snprintf(number, sizeof(number), " %d", syn.window_scale);
        snprintf(unnamed, sizeof(unnamed), "option %u", syn.kinds[i]);
        used += (size_t)snprintf(text + used, SEGMENT_OPTIONS_TEXT - used, "%s%s%s", used ? ", " : "",
            name ? name : unnamed, number);
    }
}

/* The header of TCP and what follows: captured bytes are here, total were in the packet. */
static bool tcp_read(const unsigned char *at, size_t captured, size_t total, struct wire_segment *segment)
{
    if (captured < TCP_HEADER)
        return false;
    size_t header = (size_t)(at[12] >> 4) * 4;
    if (header < TCP_HEADER || header > total)
        return false;
    address_set_port(&segment->from, number16(at));
    address_set_port(&segment->to, number16(at + 2));
    segment->seq = number32(at + 4);
    segment->ack = number32(at + 8);
    segment->flags = at[13];
    segment->window = number16(at + 14);
    segment->urgent = number16(at + 18);
    segment->length = total - header;
    return true;
}

static bool ipv4_read(const unsigned char *packet, size_t length, struct wire_segment *segment)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    if (length < 20)
        return false;
    size_t header = (size_t)(packet[0] & 0x0f) * 4, total = number16(packet + 2);
    bool fragment = number16(packet + 6) & 0x3fff;
    if (header < 20 || header > length || packet[9] != IPPROTO_TCP || fragment)
        return false;
    /* 0: segments that the device is to cut up, larger than the field can tell. */
    if (total == 0)
        total = length;
    if (total < header)
        return false;
    memcpy(&from.sin_addr, packet + 12, sizeof(from.sin_addr));
    memcpy(&to.sin_addr, packet + 16, sizeof(to.sin_addr));
    segment->from = address_from(&from, sizeof(from));
    segment->to = address_from(&to, sizeof(to));
    return tcp_read(packet + header, length - header, total - header, segment);
}

static bool ipv6_read(const unsigned char *packet, size_t length, struct wire_segment *segment)
{
    struct sockaddr_in6 from = {.sin6_family = AF_INET6}, to = {.sin6_family = AF_INET6};
    if (length < 40)
        return false;
    size_t at = 40, total = (size_t)number16(packet + 4) + 40;
    unsigned next = packet[6];
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION) {
        if (at + 8 > length)
            return false;
        next = packet[at];
        at += ((size_t)packet[at + 1] + 1) * 8;
    }
    if (total == 40)
        total = length;
    if (next != IPPROTO_TCP || at > length || at > total)
        return false;
    memcpy(&from.sin6_addr, packet + 8, sizeof(from.sin6_addr));
    memcpy(&to.sin6_addr, packet + 24, sizeof(to.sin6_addr));
    segment->from = address_from(&from, sizeof(from));
    segment->to = address_from(&to, sizeof(to));
    return tcp_read(packet + at, length - at, total - at, segment);
}

bool segment_read(const unsigned char *packet, size_t length, struct wire_segment *segment)
{
    int version = length ? packet[0] >> 4 : 0;
    segment->options[0] = '\0';
    if (!(version == 4 && ipv4_read(packet, length, segment)) &&
        !(version == 6 && ipv6_read(packet, length, segment)))
        return false;
    if (segment->flags & TCP_FLAG_SYN)
        options_tell(packet, length, segment->options);
    return true;
}
