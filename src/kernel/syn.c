/* What a client offered in its SYN: RFC 791, 8200, 9293 and those that name the options. */
#include "kernel/syn.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define ETHERNET_HEADER 14
#define TCP_HEADER      20
#define IPV4_HEADER     20
#define IPV6_HEADER     40

/* Bits of the TCP header's 13th and 14th byte. */
#define TCP_AE  0x01
#define TCP_CWR 0x80
#define TCP_ECE 0x40

enum option_kind {
    END = 0,
    NOP = 1,
    MSS = 2,
    WINDOW_SCALE = 3,
    SACK_PERMITTED = 4,
    TIMESTAMPS = 8,
    FAST_OPEN = 34
};

static unsigned read16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t read32(const unsigned char *at)
{
    return (uint32_t)read16(at) << 16 | read16(at + 2);
}

const char *syn_option_name(int kind)
{
    static const struct {
        int kind;
        const char *name;
    } names[] = {{END, "EOL"}, {NOP, "NOP"}, {MSS, "MSS"}, {WINDOW_SCALE, "WS"}, {SACK_PERMITTED, "SACK"},
        {TIMESTAMPS, "TS"}, {19, "MD5"}, {28, "UTO"}, {29, "AO"}, {30, "MPTCP"}, {FAST_OPEN, "TFO"}};
    for (size_t i = 0; i < array_size(names); i++)
        if (names[i].kind == kind)
            return names[i].name;
    return NULL;
}

/* One option of whole length bytes, its kind and length byte included. */
static void option_take(const unsigned char *option, size_t length, struct syn *syn)
{
    switch (option[0]) {
    case MSS:
        if (length == 4)
            syn->mss = (int)read16(option + 2);
        break;
    case WINDOW_SCALE:
        if (length == 3)
            syn->window_scale = option[2];
        break;
    case SACK_PERMITTED: syn->sack = length == 2; break;
    case TIMESTAMPS:
        if (length == 10)
            syn->timestamp = read32(option + 2);
        break;
    case FAST_OPEN: syn->fast_open = (int)length - 2; break;
    default: break;
    }
}

static void options_take(const unsigned char *at, size_t left, struct syn *syn)
{
    while (left > 0 && syn->kind_count < SYN_OPTIONS_MAX) {
        bool single = at[0] == END || at[0] == NOP;
        size_t length = single ? 1 : left > 1 ? at[1] : 0;
        if (length == 0 || length > left || (!single && length < 2))
            return; /* cut off, or lies about its length */
        syn->kinds[syn->kind_count++] = at[0];
        if (at[0] == END)
            return;
        if (!single)
            option_take(at, length, syn);
        at += length;
        left -= length;
    }
}

static bool tcp_take(const unsigned char *tcp, size_t length, struct syn *syn)
{
    size_t header = length < TCP_HEADER ? 0 : (size_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || header > length)
        return false;
    syn->window = (int)read16(tcp + 14);
    syn->ecn = (tcp[13] & (TCP_CWR | TCP_ECE)) == (TCP_CWR | TCP_ECE);
    syn->accurate_ecn = syn->ecn && (tcp[12] & TCP_AE);
    options_take(tcp + TCP_HEADER, header - TCP_HEADER, syn);
    return true;
}

/* The bytes in front of the TCP header, 0 when they are not all there. RFC 8200, section 4: extension headers
 * say what follows, and their length in units of 8 bytes behind the first. */
static size_t ip_header(const unsigned char *ip, size_t length)
{
    if (ip[0] >> 4 == 4)
        return (size_t)(ip[0] & 15) * 4;
    size_t header = IPV6_HEADER, next = length > 6 ? ip[6] : IPPROTO_NONE;
    while (next != IPPROTO_TCP && header + 8 <= length) {
        next = ip[header];
        header += (size_t)(ip[header + 1] + 1) * 8;
    }
    return next == IPPROTO_TCP ? header : 0;
}

bool syn_decode(const void *bytes, size_t length, struct syn *syn)
{
    const unsigned char *ip = bytes;
    *syn = (struct syn){.window = -1, .mss = -1, .window_scale = -1, .timestamp = -1, .fast_open = -1};
    if (length > ETHERNET_HEADER && ip[0] >> 4 != 4 && ip[0] >> 4 != 6) {
        ip += ETHERNET_HEADER;
        length -= ETHERNET_HEADER;
    }
    syn->version = length > 0 ? ip[0] >> 4 : 0;
    if (syn->version != 4 && syn->version != 6)
        return false;
    size_t header = ip_header(ip, length);
    if (header < IPV4_HEADER || length < header)
        return false;
    if (syn->version == 6) {
        syn->tos = (int)(read16(ip) >> 4 & 0xff);
        syn->ttl = ip[7];
    } else {
        syn->tos = ip[1];
        syn->ttl = ip[8];
        syn->dont_fragment = ip[6] & 0x40;
    }
    return tcp_take(ip + header, length - header, syn);
}
