/* SPDX-License-Identifier: ISC */
/* A TCP segment as it is on the wire. Nothing is trusted beyond the captured length. */
#include "kernel/segment.h"

#include <stdio.h>
#include <string.h>

#include "kernel/packet.h"
#include "kernel/syn.h"

/* clang-format off */
const struct name_table names_tcp_flags = {"TCP_FLAG_", (const struct name[]){
    {TCP_FLAG_FIN, "FIN"}, {TCP_FLAG_SYN, "SYN"}, {TCP_FLAG_RST, "RST"}, {0x08, "PSH"}, {TCP_FLAG_ACK, "ACK"},
    {TCP_FLAG_URG, "URG"}, {0x40, "ECE"}, {0x80, "CWR"}, {0, NULL}}};
/* clang-format on */

/* Writes the options of a SYN: "MSS 65495, SACK, TS, WS 10". */
static void options_text(const struct packet *packet, char *text)
{
    struct syn syn;
    size_t used = 0;
    text[0] = '\0';
    if (!syn_decode_tcp(packet->tcp, packet->captured, &syn))
        return;
    for (size_t i = 0; i < syn.kind_count && used < SEGMENT_OPTIONS_TEXT; i++) {
        char number[16] = "", unnamed[16];
        const char *name = syn_option_name(syn.kinds[i]);
        if (syn.kinds[i] == TCP_OPTION_NOP)
            continue;
        if (syn.kinds[i] == TCP_OPTION_MSS)
            snprintf(number, sizeof(number), " %d", syn.mss);
        else if (syn.kinds[i] == TCP_OPTION_WINDOW_SCALE)
            snprintf(number, sizeof(number), " %d", syn.window_scale);
        snprintf(unnamed, sizeof(unnamed), "option %u", syn.kinds[i]);
        used += (size_t)snprintf(text + used, SEGMENT_OPTIONS_TEXT - used, "%s%s%s", used ? ", " : "",
            name ? name : unnamed, number);
    }
}

/* The header of TCP and what follows. */
static bool tcp_read(const struct packet *packet, struct wire_segment *segment)
{
    const unsigned char *at = packet->tcp;
    if (packet->captured < TCP_HEADER)
        return false;
    size_t header = (size_t)(at[12] >> 4) * 4;
    if (header < TCP_HEADER || header > packet->total)
        return false;
    address_set_port(&segment->from, packet_u16(at));
    address_set_port(&segment->to, packet_u16(at + 2));
    segment->seq = packet_u32(at + 4);
    segment->ack = packet_u32(at + 8);
    segment->flags = at[13];
    segment->window = packet_u16(at + 14);
    segment->urgent = packet_u16(at + 18);
    segment->length = packet->total - header;
    return true;
}

static void addresses_read(const unsigned char *bytes, int version, struct wire_segment *segment)
{
    struct sockaddr_in from4 = {.sin_family = AF_INET}, to4 = from4;
    struct sockaddr_in6 from6 = {.sin6_family = AF_INET6}, to6 = from6;
    if (version == 4) {
        memcpy(&from4.sin_addr, bytes + 12, sizeof(from4.sin_addr));
        memcpy(&to4.sin_addr, bytes + 16, sizeof(to4.sin_addr));
        segment->from = address_from(&from4, sizeof(from4));
        segment->to = address_from(&to4, sizeof(to4));
    } else {
        memcpy(&from6.sin6_addr, bytes + 8, sizeof(from6.sin6_addr));
        memcpy(&to6.sin6_addr, bytes + 24, sizeof(to6.sin6_addr));
        segment->from = address_from(&from6, sizeof(from6));
        segment->to = address_from(&to6, sizeof(to6));
    }
}

bool segment_read(const unsigned char *bytes, size_t length, struct wire_segment *segment)
{
    struct packet packet;
    segment->options[0] = '\0';
    if (!packet_read(bytes, length, &packet))
        return false;
    addresses_read(bytes, packet.version, segment);
    if (!tcp_read(&packet, segment))
        return false;
    if (segment->flags & TCP_FLAG_SYN)
        options_text(&packet, segment->options);
    return true;
}

size_t segment_options(
    const struct wire_segment *segment, char copy[SEGMENT_OPTIONS_TEXT], const char *options[])
{
    char *state;
    size_t count = 0;
    memcpy(copy, segment->options, SEGMENT_OPTIONS_TEXT);
    for (char *word = strtok_r(copy, ",", &state); word && count < SYN_OPTIONS_MAX;
         word = strtok_r(NULL, ",", &state))
        options[count++] = word + strspn(word, " ");
    return count;
}
