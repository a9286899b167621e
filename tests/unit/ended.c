/* SPDX-License-Identifier: ISC */
/* kernel/sockdiag/ended: what the last counters decide. The numbers are those of Linux 6.18. */
#include "kernel/sockdiag/ended.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "tests/unit/tap.h"

/* A connection that sent 5 bytes, with so many marks and bytes in the send queue at its end. */
static struct sockdiag_socket gone(int64_t marks, uint32_t queue)
{
    struct sockdiag_socket socket = {.protocol = IPPROTO_TCP, .state = TCP_CLOSE, .send_queue = queue};
    if (!address_parse(&socket.local, "127.0.0.1", 1000) || !address_parse(&socket.peer, "127.0.0.1", 80))
        exit(1);
    socket.tcpinfo.length = sizeof(struct tcp_info_full);
    socket.tcpinfo.is.tcpi_delivered = 2;
    socket.tcpinfo.is.tcpi_bytes_sent = 7;
    socket.tcpinfo.is.tcpi_bytes_retrans = 2;
    socket.tcpinfo.is.tcpi_bytes_acked = (uint64_t)(5 + marks);
    return socket;
}

static enum ended how(int64_t marks, uint32_t queue, const struct seen_socket *seen)
{
    const struct sockdiag_socket socket = gone(marks, queue);
    return ended_how(&socket, seen, (struct ended_left){.here = 0});
}

static void test_left(void)
{
    struct sockdiag_socket socket = gone(2, 0);
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = TCP_TIME_WAIT}), ENDED_TIME_WAIT,
        "TIME_WAIT here: both FINs");
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = TCP_FIN_WAIT2}), ENDED_FIN_WAIT2,
        "FIN_WAIT2 here: one FIN");
    is_int(ended_how(&socket, NULL, (struct ended_left){.peer = TCP_TIME_WAIT}), ENDED_PEER_FIRST,
        "TIME_WAIT at the other end: both FINs");
}

static void test_counts(void)
{
    struct sockdiag_socket socket = gone(0, 1);
    socket.tcpinfo.is.tcpi_delivered = 0;
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = 0}), ENDED_NEVER_CONNECTED,
        "nothing was delivered, not even the SYN");
    is_int(how(0, 0, NULL), ENDED_RESET, "accepted, never sent a FIN");
    is_int(how(1, 0, NULL), ENDED_UNKNOWN, "one mark is our SYN or our FIN");
    is_int(how(2, 0, NULL), ENDED_UNKNOWN, "our FIN was acknowledged; of the peer's nothing is known");
    is_int(how(-4, 9, NULL), ENDED_RESET, "something is not acknowledged, and was not sent again");
    socket = gone(-4, 9);
    socket.tcpinfo.is.tcpi_retransmits = 3;
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = 0}), ENDED_UNANSWERED,
        "something was sent again in vain");
    socket.tcpinfo.is.tcpi_options = TCPI_OPT_SYN_DATA;
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = 0}), ENDED_UNKNOWN,
        "Fast Open counts differently");
    socket = gone(0, 0);
    socket.tcpinfo.length = 104;
    is_int(ended_how(&socket, NULL, (struct ended_left){.here = 0}), ENDED_UNKNOWN,
        "an old kernel does not count what is needed");
}

static void test_seen(void)
{
    struct seen_socket seen = {.state = TCP_CLOSE_WAIT, .marks = 1};
    is_int(how(2, 0, &seen), ENDED_PEER_FIRST, "seen in CLOSE_WAIT, and then a FIN of ours");
    is_int(how(1, 0, &seen), ENDED_RESET, "seen in CLOSE_WAIT, and no FIN of ours");
    seen = (struct seen_socket){.state = TCP_ESTABLISHED, .marks = 1};
    is_int(how(1, 0, &seen), ENDED_RESET, "seen in ESTABLISHED, and no FIN of ours");
    is_int(how(2, 0, &seen), ENDED_UNKNOWN, "seen in ESTABLISHED, and only our FIN is known");
    seen.marks = -1;
    is_int(how(1, 0, &seen), ENDED_UNKNOWN, "seen when something was in flight");
}

static void test_without_peer(void)
{
    struct seen_socket seen = {.state = TCP_ESTABLISHED, .marks = 1};
    struct sockdiag_socket socket = gone(0, 0);
    seen.peer = socket.peer;
    socket.peer.length = 0;
    is_int(ended_how(&socket, &seen, (struct ended_left){.here = 0}), ENDED_DISCONNECTED,
        "it had a peer and lost it");
    is_int(
        ended_how(&socket, NULL, (struct ended_left){.here = 0}), ENDED_UNKNOWN, "it may never have had one");
    seen.state = TCP_SYN_SENT;
    is_int(ended_how(&socket, &seen, (struct ended_left){.here = 0}), ENDED_NEVER_CONNECTED,
        "it was connecting");
}

int main(void)
{
    test_left();
    test_counts();
    test_seen();
    test_without_peer();
    return done();
}
