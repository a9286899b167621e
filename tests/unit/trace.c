/* SPDX-License-Identifier: ISC */
/* trace.c: the lines of the state tracepoint. */
#include "kernel/trace.h"

#include <netinet/tcp.h>

#include "tap.h"

#define WORDS4                                                                                               \
    "family=AF_INET protocol=IPPROTO_TCP sport=8080 dport=34304 saddr=127.0.0.1 daddr=127.0.0.2 "            \
    "saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.2 oldstate=TCP_LISTEN newstate=TCP_SYN_RECV"
#define WORDS6                                                                                               \
    "family=AF_INET6 protocol=IPPROTO_TCP sport=0 dport=80 saddr=0.0.0.0 daddr=0.0.0.0 "                     \
    "saddrv6=2001:db8::1 daddrv6=2001:db8::2 oldstate=TCP_FIN_WAIT1 newstate=TCP_CLOSE"

static struct trace_transition transition;
static char text[128];

static void test_ipv4(void)
{
    ok(trace_parse(
           "          <idle>-0       [001] ..s2.  5540.174959: inet_sock_set_state: " WORDS4, &transition),
        "a line");
    is_int(transition.head.when, INT64_C(5540174959000), "its time in nanoseconds");
    is_str(address_text(&transition.local, text, sizeof(text)), "127.0.0.1:8080", "the local end");
    is_str(address_text(&transition.peer, text, sizeof(text)), "127.0.0.2:34304", "the peer");
    is_int(transition.from, TCP_LISTEN, "from");
    is_int(transition.to, TCP_SYN_RECV, "to");
}

static void test_ipv6(void)
{
    ok(trace_parse(" a b-12 [000] ..... 1.000001: inet_sock_set_state: " WORDS6 "\n", &transition), "IPv6");
    is_str(address_text(&transition.local, text, sizeof(text)), "[2001:db8::1]:0", "without a port yet");
    is_str(address_text(&transition.peer, text, sizeof(text)), "[2001:db8::2]:80", "the peer");
    is_int(transition.to, TCP_CLOSE, "to, at the end of the line");
}

static void test_names(void)
{
    ok(trace_parse(" 9.000000: inet_sock_set_state: -1 [000] ..... 2.000003: inet_sock_set_state: " WORDS4,
           &transition),
        "a process that is called like the event");
    is_int(transition.head.when, INT64_C(2000003000), "the last one counts");
}

static void test_callers(void)
{
    ok(trace_parse("   web server-4021  [001] ..... 1.000001: inet_sock_set_state: " WORDS4, &transition) &&
            transition.head.is_caller && transition.head.thread == 4021,
        "a system call: the thread that made it");
    is_str(transition.head.program, "web server", "its name");
    ok(trace_parse(
           "   a-1 [000] x-12345   [001] ..... 1.000001: inet_sock_set_state: " WORDS4, &transition) &&
            transition.head.thread == 12345,
        "a name that looks like the rest of the line");
    is_str(transition.head.program, "a-1 [000] x", "the whole name");
    ok(trace_parse(
           "          <idle>-0       [001] ..s2. 1.000001: inet_sock_set_state: " WORDS4, &transition) &&
            !transition.head.is_caller,
        "an interrupt has no caller");
    ok(trace_parse(
           "           <...>-77      [001] d..1. 1.000001: inet_sock_set_state: " WORDS4, &transition),
        "a name that the kernel has forgotten");
    is_str(transition.head.program, "", "is not known");
    ok(trace_parse("77 1.000001: inet_sock_set_state: " WORDS4, &transition) && !transition.head.is_caller &&
            transition.head.thread < 0,
        "without the rest nothing is known");
}

static void test_others(void)
{
    static const char *const lines[] = {"", "CPU:1 [LOST 12 EVENTS]", WORDS4,
        " x-1 [000] ..... 1.000001: sched_switch: " WORDS4,
        " x-1 [000] ..... 1: inet_sock_set_state: " WORDS4,
        " x-1 [000] ..... 1.000001: inet_sock_set_state: family=AF_INET protocol=IPPROTO_DCCP sport=1 "
        "dport=2 "
        "saddr=1.2.3.4 daddr=1.2.3.4 oldstate=TCP_LISTEN newstate=TCP_CLOSE",
        " x-1 [000] ..... 1.000001: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=99999 "
        "dport=2 "
        "saddr=1.2.3.4 daddr=1.2.3.4 oldstate=TCP_LISTEN newstate=TCP_CLOSE",
        (" x-1 [000] ..... 1.000001: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=9 "
         "dport=2 "
         "saddr=1.2.3.4 daddr=1.2.3.4 oldstate=TCP_LISTEN")};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        ok(!trace_parse(lines[i], &transition), "no transition of TCP");
}

int main(void)
{
    test_ipv4();
    test_ipv6();
    test_names();
    test_callers();
    test_others();
    return done();
}
