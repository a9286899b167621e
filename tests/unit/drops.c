/* SPDX-License-Identifier: ISC */
/* trace/drops.c: the lines of the tracepoints of drops, RSTs and segments that are sent again. */
#include "kernel/trace/drops.h"

#include <string.h>

#include "tap.h"

#define DROP                                                                                                 \
    "kfree_skb: skbaddr=ffff888135c820e0 rx_sk=0000000000000000 protocol=2048 "                              \
    "location=nft_do_chain+0x3e8/0x610 "                                                                     \
    "reason: NETFILTER_DROP"
#define RESENT                                                                                               \
    "tcp_retransmit_skb: skbaddr=ffff888135c82000 skaddr=ffff888109bd9280 family=AF_INET sport=47992 "       \
    "dport=81 "                                                                                              \
    "saddr=127.0.0.1 daddr=127.0.0.2 saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.2 state=TCP_SYN_SENT "  \
    "err=0"
#define RESENT6                                                                                              \
    "tcp_retransmit_skb: skbaddr=ffff888135c82000 skaddr=ffff888109bd9280 sport=47992 dport=81 "             \
    "saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=2001:db8::1 daddrv6=2001:db8::2 state=TCP_SYN_SENT"
#define RESET                                                                                                \
    "tcp_send_reset: skbaddr=ffff8881b9712ee0 skaddr=0000000000000000 src=127.0.0.1:88 "                     \
    "dest=127.0.0.1:38786 "                                                                                  \
    "state=UNKNOWN reason=NO_SOCKET"

static struct drop drop;
static char text[128];

static void test_packet(void)
{
    ok(drop_parse("         sockctl-28849   [001] ..... 24082.186425: " DROP, &drop), "a drop");
    is_int(drop.kind, DROP_PACKET, "its kind");
    is_int(drop.head.when, INT64_C(24082186425000), "its time in nanoseconds");
    is_int(drop.head.thread, 28849, "the thread");
    ok(drop.head.is_caller, "in a system call");
    is_int(drop.protocol, 2048, "the protocol");
    is_str(drop.reason, "NETFILTER_DROP", "the reason");
    is_str(drop.location, "nft_do_chain", "the function");
    ok(drop_parse(
           " a-1 [000] ..s1. 1.000001: kfree_skb: skbaddr=00000000 protocol=34525 location=0xffff", &drop),
        "a kernel before 5.17, which gives no reason");
    is_str(drop.reason, "", "none");
    is_str(drop.location, "0xffff", "a place without a name");
}

static void test_reset(void)
{
    ok(drop_parse(" a-1 [000] ..s1. 1.000001: " RESET, &drop), "an RST");
    is_str(address_text(&drop.local, text, sizeof(text)), "127.0.0.1:88", "who sent it");
    is_str(address_text(&drop.peer, text, sizeof(text)), "127.0.0.1:38786", "to whom");
    is_str(drop.reason, "NO_SOCKET", "the reason");
    ok(drop_parse(
           " a-1 [000] ..s1. 1.000001: tcp_send_reset: skbaddr=0 src=[::1]:88 dest=[::ffff:10.0.0.1]:9 "
           "state=TCP_CLOSE",
           &drop),
        "IPv6, before the kernel gave reasons");
    is_str(address_text(&drop.local, text, sizeof(text)), "[::1]:88", "who sent it");
    is_str(address_text(&drop.peer, text, sizeof(text)), "10.0.0.1:9", "IPv4 in IPv6");
    is_str(drop.reason, "", "no reason");
}

static void test_segments(void)
{
    struct drop resent, other;
    ok(drop_parse(" a-1 [000] ..s1. 1.000100: " RESENT, &resent), "a segment that is sent again");
    is_str(address_text(&resent.local, text, sizeof(text)), "127.0.0.1:47992", "from");
    is_str(address_text(&resent.peer, text, sizeof(text)), "127.0.0.2:81", "to");
    ok(resent.is_syn, "a SYN");
    ok(drop_parse(" a-1 [000] ..s1. 1.000137: " DROP, &drop) && drop_is_of(&drop, &resent),
        "the drop of its copy, which lies behind it");
    ok(drop_parse(" a-1 [000] ..s1. 1.000137: kfree_skb: skbaddr=ffff888135c82400 protocol=2048", &other) &&
            !drop_is_of(&other, &resent),
        "nor one that is farther away");
    ok(drop_parse(" a-1 [000] ..s1. 1.000100: " RESENT6, &resent), "IPv6, without the family");
    is_str(address_text(&resent.peer, text, sizeof(text)), "[2001:db8::2]:81", "to");
}

static void test_others(void)
{
    ok(drop_parse(" sockctl-77 [000] ...1. 1.000001: tracing_mark_write: sockctl", &drop) &&
            drop.kind == DROP_MARK && drop.head.thread == 77,
        "our mark, with the number of the thread");
    ok(!drop_parse(" bash-77 [000] ...1. 1.000001: tracing_mark_write: other", &drop), "no mark of ours");
    ok(!drop_parse(" a-1 [000] ..s1. 1.000001: kfree_skb: skbaddr=1 location=x", &drop),
        "without a protocol");
    ok(!drop_parse(" a-1 [000] ..s1. 1.000001: tcp_send_reset: src=127.0.0.1 dest=x:1", &drop), "no address");
    ok(!drop_parse("", &drop) && !drop_parse(": kfree_skb: ", &drop), "no line");
}

int main(void)
{
    test_packet();
    test_reset();
    test_segments();
    test_others();
    return done();
}
