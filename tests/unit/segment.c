/* SPDX-License-Identifier: ISC */
/* segment.c: a captured packet is read as far as it was captured, whatever it says of itself. */
#include "kernel/segment.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct wire_segment segment;

/* Reads a copy with nothing behind it, so that a sanitizer sees a read too far. */
static bool read_copy(const unsigned char *bytes, size_t length)
{
    unsigned char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    bool good = segment_read(copy, length, &segment);
    free(copy);
    return good;
}

#define TCP(flags, first) 0x1f, 0x90, 0x00, 0x50, 0, 0, 0, 7, 0, 0, 0, 9, first, flags, 0xfa, 0xf0, 0, 0, 0, 3
#define IPV4(total)       0x45, 0, 0, total, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2
#define IPV6(next, total)                                                                                    \
    0x60, 0, 0, 0, 0, total, next, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  \
        0, 0, 0, 0, 0, 0, 0, 0, 2

static void test_urgent(void)
{
    /* Three bytes of data, of which none was captured. */
    static const unsigned char packet[] = {IPV4(43), TCP(0x38, 0x50)};
    char text[ADDRESS_TEXT_MAX];
    ok(read_copy(packet, sizeof(packet)), "a segment with urgent data");
    is_str(address_text(&segment.from, text, sizeof(text)), "127.0.0.1:8080", "from");
    is_str(address_text(&segment.to, text, sizeof(text)), "127.0.0.2:80", "to");
    is_int(segment.seq, 7, "sequence number");
    is_int(segment.ack, 9, "acknowledgement number");
    is_int(segment.flags, 0x38, "flags");
    is_int(segment.urgent, 3, "urgent pointer");
    is_int(segment.window, 64240, "window");
    is_int((intmax_t)segment.length, 3, "length, though the data was not captured");
    is_str(segment.options, "", "no options but those of a SYN");
}

static void test_syn(void)
{
    static const unsigned char packet[] = {IPV4(48), TCP(0x02, 0x70), 2, 4, 0x05, 0xb4, 1, 3, 3, 7};
    ok(read_copy(packet, sizeof(packet)), "a SYN");
    is_str(segment.options, "MSS 1460, WS 7", "with its options");
    is_int((intmax_t)segment.length, 0, "and no data");
}

static void test_ipv6(void)
{
    static const unsigned char packet[] = {IPV6(0, 30), 6, 0, 1, 4, 0, 0, 0, 0, TCP(0x18, 0x50), 'h', 'i'};
    char text[ADDRESS_TEXT_MAX];
    ok(read_copy(packet, sizeof(packet)), "an IPv6 segment behind another header");
    is_str(address_text(&segment.from, text, sizeof(text)), "[::1]:8080", "from");
    is_int((intmax_t)segment.length, 2, "length");
}

static void test_refused(void)
{
    static const unsigned char short_header[] = {IPV4(40), TCP(0x10, 0x40)};
    static const unsigned char long_header[] = {IPV4(40), TCP(0x10, 0xf0)};
    static const unsigned char fragment[] = {
        0x45, 0, 0, 40, 0, 0, 0, 9, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2, TCP(0x10, 0x50)};
    static const unsigned char first_fragment[] = {
        0x45, 0, 0, 40, 0, 0, 0x20, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2, TCP(0x10, 0x50)};
    static const unsigned char whole[] = {IPV4(40), TCP(0x10, 0x50)};
    static const unsigned char endless[] = {IPV6(0, 8), 0, 255, 0, 0, 0, 0, 0, 0};
    ok(!read_copy(short_header, sizeof(short_header)), "a header shorter than a header");
    ok(!read_copy(long_header, sizeof(long_header)), "a header longer than the packet");
    ok(!read_copy(fragment, sizeof(fragment)), "a fragment");
    ok(!read_copy(first_fragment, sizeof(first_fragment)), "the first of several");
    ok(!read_copy(endless, sizeof(endless)), "an extension header that leads out of the packet");
    ok(read_copy(whole, sizeof(whole)), "a whole packet is read");
    bool any = false;
    for (size_t length = 0; length < sizeof(whole); length++)
        any |= read_copy(whole, length);
    ok(!any, "and none that is cut");
}

int main(void)
{
    test_urgent();
    test_syn();
    test_ipv6();
    test_refused();
    return done();
}
