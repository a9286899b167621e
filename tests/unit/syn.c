/* SPDX-License-Identifier: ISC */
/* syn.c: the headers of a SYN are decoded, whatever they are. */
#include "kernel/syn.h"

#include <stdlib.h>

#include "tap.h"

static struct syn syn;

/* Decodes a copy with nothing behind it, so that a sanitizer sees a read too far. */
static bool decode(const unsigned char *bytes, size_t length)
{
    unsigned char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    bool decoded = syn_decode(copy, length, &syn);
    free(copy);
    return decoded;
}

/* MSS 1460, SACK, TS 0x01020304, NOP, WS 7 in front of an end of options. */
#define OPTIONS           2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7
#define TCP(flags, first) 0x1f, 0x90, 0x00, 0x50, 0, 0, 0, 1, 0, 0, 0, 0, first, flags, 0xfa, 0xf0, 0, 0, 0, 0
#define IPV4              0x45, 0xb8, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1

static const unsigned char plain[] = {IPV4, TCP(0x02, 0xa0), OPTIONS};

static void test_ipv4(void)
{
    ok(decode(plain, sizeof(plain)), "an IPv4 SYN");
    is_int(syn.version, 4, "version");
    is_int(syn.ttl, 64, "TTL");
    is_int(syn.tos, 0xb8, "TOS");
    ok(syn.dont_fragment, "DF");
    is_int(syn.window, 64240, "window");
    is_int(syn.mss, 1460, "MSS");
    is_int(syn.window_scale, 7, "window scale");
    ok(syn.sack, "SACK");
    is_int(syn.timestamp, 0x01020304, "timestamp");
    ok(!syn.ecn && !syn.accurate_ecn, "no ECN");
    is_int(syn.fast_open, -1, "no Fast Open");
    is_int((intmax_t)syn.kind_count, 5, "five options");
    is_str(syn_option_name(syn.kinds[3]), "NOP", "in their order");
}

static void test_bare(void)
{
    static const unsigned char bare[] = {IPV4, TCP(0xc2, 0x51)};
    ok(decode(bare, sizeof(bare)), "a SYN without options");
    is_int(syn.mss, -1, "no MSS");
    is_int(syn.window_scale, -1, "no window scale");
    ok(!syn.sack && syn.timestamp == -1, "no SACK, no timestamps");
    ok(syn.ecn && syn.accurate_ecn, "ECN, the accurate one");
}

static void test_ipv6(void)
{
    static const unsigned char extended[] = {0x6b, 0x80, 0, 0, 0, 48, 60,
        63, /* traffic class b8, then options */
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1,                      /* ::1 */
        6, 0, 1, 4, 0, 0, 0, 0, /* destination options */
        TCP(0x42, 0x60), 34, 2, 1, 99};
    ok(decode(extended, sizeof(extended)), "an IPv6 SYN behind an extension header");
    is_int(syn.version, 6, "version");
    is_int(syn.ttl, 63, "hop limit");
    is_int(syn.tos, 0xb8, "traffic class");
    is_int(syn.fast_open, 0, "a Fast Open cookie is asked for");
    ok(!syn.ecn, "ECE alone offers nothing");
    is_int((intmax_t)syn.kind_count, 2, "an option without its length is none");
}

static void test_ethernet(void)
{
    unsigned char framed[14 + sizeof(plain)] = {[12] = 0x08};
    memcpy(framed + 14, plain, sizeof(plain));
    ok(decode(framed, sizeof(framed)), "behind an Ethernet header");
    is_int(syn.mss, 1460, "MSS");
}

static void test_wrong(void)
{
    unsigned char lies[sizeof(plain)];
    size_t decoded = 0;
    for (size_t length = 0; length < sizeof(plain); length++)
        decoded += decode(plain, length);
    is_int((intmax_t)decoded, 0, "cut off anywhere it is none");
    memcpy(lies, plain, sizeof(plain));
    lies[20 + 20 + 1] = 0;
    ok(decode(lies, sizeof(lies)) && syn.kind_count == 0, "an option of no length ends them");
    lies[20 + 20 + 1] = 200;
    ok(decode(lies, sizeof(lies)) && syn.kind_count == 0, "so does one that is too long");
    lies[20 + 12] = 0x40;
    ok(!decode(lies, sizeof(lies)), "a TCP header that is too short");
    ok(!syn_option_name(253), "an unknown option has no name");
}

int main(void)
{
    test_ipv4();
    test_bare();
    test_ipv6();
    test_ethernet();
    test_wrong();
    return done();
}
