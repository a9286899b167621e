/* SPDX-License-Identifier: ISC */
/* What a client offered in its SYN: RFC 791, 8200, 9293 and those that define the options. */
#include "kernel/syn.h"

#include "base/cleanup.h"
#include "kernel/packet.h"

#define ETHERNET_HEADER 14

/* Bits of the TCP header's 13th and 14th byte. */
#define TCP_AE  0x01
#define TCP_CWR 0x80
#define TCP_ECE 0x40

const char *syn_option_name(int kind)
{
    static const struct {
        int kind;
        const char *name;
    } names[] = {{TCP_OPTION_END, "EOL"}, {TCP_OPTION_NOP, "NOP"}, {TCP_OPTION_MSS, "MSS"},
        {TCP_OPTION_WINDOW_SCALE, "WS"}, {TCP_OPTION_SACK_PERMITTED, "SACK"}, {TCP_OPTION_TIMESTAMPS, "TS"},
        {19, "MD5"}, {28, "UTO"}, {29, "AO"}, {30, "MPTCP"}, {TCP_OPTION_FAST_OPEN, "TFO"}};
    for (size_t i = 0; i < array_size(names); i++)
        if (names[i].kind == kind)
            return names[i].name;
    return NULL;
}

/* Takes one whole option of length bytes, which include its kind and its length byte. */
static void option_take(const unsigned char *option, size_t length, struct syn *syn)
{
    switch (option[0]) {
    case TCP_OPTION_MSS:
        if (length == 4)
            syn->mss = (int)packet_u16(option + 2);
        break;
    case TCP_OPTION_WINDOW_SCALE:
        if (length == 3)
            syn->window_scale = option[2];
        break;
    case TCP_OPTION_SACK_PERMITTED: syn->sack = length == 2; break;
    case TCP_OPTION_TIMESTAMPS:
        if (length == 10)
            syn->timestamp = packet_u32(option + 2);
        break;
    case TCP_OPTION_FAST_OPEN: syn->fast_open = (int)length - 2; break;
    default: break;
    }
}

static void options_take(const unsigned char *at, size_t left, struct syn *syn)
{
    while (left > 0 && syn->kind_count < SYN_OPTIONS_MAX) {
        bool single = at[0] == TCP_OPTION_END || at[0] == TCP_OPTION_NOP;
        size_t length = single ? 1 : left > 1 ? at[1] : 0;
        if (length == 0 || length > left || (!single && length < 2))
            return; /* cut off, or its length is wrong */
        syn->kinds[syn->kind_count++] = at[0];
        if (at[0] == TCP_OPTION_END)
            return;
        if (!single)
            option_take(at, length, syn);
        at += length;
        left -= length;
    }
}

bool syn_decode_tcp(const unsigned char *tcp, size_t length, struct syn *syn)
{
    *syn = (struct syn){.window = -1, .mss = -1, .window_scale = -1, .timestamp = -1, .fast_open = -1};
    size_t header = length < TCP_HEADER ? 0 : (size_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || header > length)
        return false;
    syn->window = (int)packet_u16(tcp + 14);
    syn->ecn = (tcp[13] & (TCP_CWR | TCP_ECE)) == (TCP_CWR | TCP_ECE);
    syn->accurate_ecn = syn->ecn && (tcp[12] & TCP_AE);
    options_take(tcp + TCP_HEADER, header - TCP_HEADER, syn);
    return true;
}

bool syn_decode(const void *bytes, size_t length, struct syn *syn)
{
    const unsigned char *ip = bytes;
    struct packet packet;
    if (length > ETHERNET_HEADER && ip[0] >> 4 != 4 && ip[0] >> 4 != 6) {
        ip += ETHERNET_HEADER;
        length -= ETHERNET_HEADER;
    }
    if (!packet_read(ip, length, &packet) || !syn_decode_tcp(packet.tcp, packet.captured, syn))
        return false;
    syn->version = packet.version;
    if (syn->version == 6) {
        syn->tos = (int)(packet_u16(ip) >> 4 & 0xff);
        syn->ttl = ip[7];
    } else {
        syn->tos = ip[1];
        syn->ttl = ip[8];
        syn->dont_fragment = ip[6] & 0x40;
    }
    return true;
}
