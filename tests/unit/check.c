/* SPDX-License-Identifier: ISC */
/* check/: what is found in two looks that are made up, at each bound and just below it. */
#include "check/judge.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "tests/unit/tap.h"

#define SOCKETS_MAX 64

/* A host that is being made up: sockets that are the same in both looks unless a test changes one. */
struct made {
    struct sockdiag_socket before[SOCKETS_MAX], after[SOCKETS_MAX];
    struct procfs_holder holders[2];
    struct host_process process;
    struct host host;
};

static void made_begin(struct made *made)
{
    *made = (struct made){.host = {.is_whole = true, .memory = {-1, -1, -1, -1}}};
    made->host.limits = (struct host_limits){-1, -1, -1, -1, -1, -1, -1, -1};
    made->host.before.counters[COUNTER_COOKIES] = made->host.after.counters[COUNTER_COOKIES] = 7;
    made->holders[0] = (struct procfs_holder){.pid = 100, .fd = 3, .inode = 1000, .program = "one"};
    made->holders[1] = (struct procfs_holder){.pid = 200, .fd = 3, .inode = 2000, .program = "two"};
    made->host.holders = (struct holders){.items = made->holders, .count = 2, .complete = true};
}

static struct address address_of(const char *host, int port)
{
    struct address address = {.length = 0};
    if (host && !address_parse(&address, host, port))
        exit(1);
    return address;
}

/* Adds a socket to both looks; the one of the second look is returned. */
static struct sockdiag_socket *made_add(struct made *made, int protocol, int state, const char *peer)
{
    size_t at = made->host.after.count++;
    made->host.before.count++;
    struct sockdiag_socket *now = &made->after[at];
    *now = (struct sockdiag_socket){.family = AF_INET,
        .protocol = protocol,
        .state = state,
        .local = address_of("127.0.0.1", 40000 + (int)at),
        .peer = address_of(peer, 80),
        .inode = 1000,
        .cookie = at + 1,
        .has_memory = true,
        .receive_buffer = 100000};
    if (protocol == IPPROTO_TCP)
        now->tcpinfo.length = sizeof(now->tcpinfo.is);
    made->before[at] = *now;
    return now;
}

static struct sockdiag_socket *then_of(struct made *made, const struct sockdiag_socket *now)
{
    return &made->before[now - made->after];
}

/* Judges it. The code of the only finding; "" if there is none, "several". */
static const char *judged(struct made *made)
{
    const struct socket_filter all = SOCKET_FILTER_DEFAULTS;
    struct host *host = &made->host;
    struct found found = {.items = NULL};
    struct sockdiag_socket before[SOCKETS_MAX]; /* pairing sorts them */
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        before[i] = made->before[i];
    host->before.sockets = before;
    host->after.sockets = made->after;
    host->count = 0;
    if (host_pair(host, &all) < 0)
        exit(1);
    host_judge(host, &found);
    const char *code = found.count == 0   ? ""
                       : found.count == 1 ? finding_rows[found.items[0]->code].code
                                          : "several";
    found_free(&found);
    free(host->sockets);
    return code;
}

static void test_queues(struct made *made)
{
    made_begin(made);
    struct sockdiag_socket *now = made_add(made, IPPROTO_TCP, TCP_LISTEN, NULL);
    struct sockdiag_socket *then = then_of(made, now);
    now->send_queue = then->send_queue = 7;
    now->receive_queue = then->receive_queue = 8;
    is_str(judged(made), "accept-queue-full", "one more than the limit at both looks is full");
    then->receive_queue = 0;
    is_str(judged(made), "", "full at one look alone is a burst");
    now->drops = 1;
    is_str(judged(made), "accept-queue-full", "full at one look, and dropping, is full");
    then->receive_queue = now->receive_queue = 6;
    is_str(judged(made), "accept-queue-near", "three quarters at both looks is near");
    then->receive_queue = 5;
    is_str(judged(made), "", "less at one of them is not");
    now->cookie = 99;
    now->receive_queue = 8;
    is_str(judged(made), "", "a listener that is new is not judged");
}

static void test_half_open(struct made *made)
{
    made_begin(made);
    for (int i = 0; i < 15; i++) {
        struct sockdiag_socket *now = made_add(made, IPPROTO_TCP, TCP_SYN_RECV, "192.0.2.1");
        now->local = address_of("127.0.0.1", 80);
        now->retransmits = 1;
    }
    is_str(judged(made), "", "fifteen half-open connections");
    made->host.after.counters[COUNTER_COOKIES]++;
    is_str(judged(made), "syn-backlog", "cookies are sent");
    made->host.is_whole = false;
    is_str(judged(made), "", "cookies are not of a port alone");
    struct sockdiag_socket *last = made_add(made, IPPROTO_TCP, TCP_SYN_RECV, "192.0.2.2");
    last->local = address_of("127.0.0.1", 80);
    is_str(judged(made), "", "one whose SYN-ACK was sent once does not count");
    last->retransmits = 1;
    is_str(judged(made), "syn-backlog", "sixteen");
}

static void test_senders(struct made *made)
{
    made_begin(made);
    struct sockdiag_socket *now = made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.1");
    struct sockdiag_socket *then = then_of(made, now);
    now->timer = SOCKDIAG_TIMER_RETRANSMIT;
    now->retransmits = 1;
    is_str(judged(made), "", "two tries");
    now->retransmits = 2;
    is_str(judged(made), "unacknowledged", "three tries");
    now->state = TCP_SYN_SENT;
    is_str(judged(made), "syn-sent", "three SYNs");
    now->retransmits = 1;
    is_str(judged(made), "", "two SYNs");
    now->state = TCP_ESTABLISHED;
    now->timer = then->timer = SOCKDIAG_TIMER_PROBE;
    now->tcpinfo.is.tcpi_backoff = 2;
    is_str(judged(made), "zero-window", "a window that stays closed");
    now->tcpinfo.is.tcpi_bytes_acked = 1;
    is_str(judged(made), "", "one that opened meanwhile");
    now->timer = SOCKDIAG_TIMER_NONE;
    now->tcpinfo.is.tcpi_bytes_sent = 100000;
    now->tcpinfo.is.tcpi_bytes_retrans = 4999;
    is_str(judged(made), "", "less than 5 % sent again");
    now->tcpinfo.is.tcpi_bytes_retrans = 5000;
    is_str(judged(made), "retransmitting", "5 % sent again");
    then->tcpinfo.is = now->tcpinfo.is;
    is_str(judged(made), "", "what was sent again before the first look is history");
    then->tcpinfo.is.tcpi_bytes_sent -= 65535;
    then->tcpinfo.is.tcpi_bytes_retrans = 0;
    is_str(judged(made), "", "a share of little means nothing");
}

static void test_readers(struct made *made)
{
    made_begin(made);
    struct sockdiag_socket *now = made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.1");
    struct sockdiag_socket *then = then_of(made, now);
    now->receive_queue = then->receive_queue = 24999;
    is_str(judged(made), "", "less than a quarter unread");
    now->receive_queue = then->receive_queue = 25000;
    is_str(judged(made), "not-reading", "a quarter unread");
    now->tcpinfo.is.tcpi_bytes_received = 1;
    is_str(judged(made), "", "a byte was read meanwhile");
    now->receive_queue++;
    is_str(judged(made), "not-reading", "what came is still in the queue");
    now->inode = 3000;
    is_str(judged(made), "several", "without a process, too");
    now->receive_queue = then->receive_queue = 1;
    now->tcpinfo.is.tcpi_bytes_received = 0;
    is_str(judged(made), "unowned", "unread data without a process");
    made->host.holders.complete = false;
    is_str(judged(made), "", "unless not all processes are visible");
}

static void test_close_wait(struct made *made)
{
    struct sockdiag_socket *now = NULL;
    made_begin(made);
    for (int i = 0; i < 10; i++) {
        now = made_add(made, IPPROTO_TCP, TCP_CLOSE_WAIT, "192.0.2.1");
        now->tcpinfo.is.tcpi_last_ack_recv = now->tcpinfo.is.tcpi_last_data_sent = 5000;
    }
    is_str(judged(made), "close-wait", "ten that are idle for 5 s");
    now->tcpinfo.is.tcpi_last_data_sent = 4999;
    is_str(judged(made), "", "nine");
    now->tcpinfo.is.tcpi_last_ack_recv = now->tcpinfo.is.tcpi_last_data_sent = 60000;
    now->send_queue = 1;
    is_str(judged(made), "", "one with an answer under way is not idle");
    now->inode = 2000;
    now->send_queue = 0;
    is_str(judged(made), "close-wait", "one for 60 s");
    now->tcpinfo.is.tcpi_last_ack_recv = 59999;
    is_str(judged(made), "", "one for less, of another process");
}

static void test_ports(struct made *made)
{
    struct sockdiag_socket *now = NULL;
    made_begin(made);
    made->host.limits.first_port = 40000;
    made->host.limits.last_port = 40019;
    made->host.limits.tw_reuse = 2;
    for (int i = 0; i < 15; i++)
        made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.1");
    made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.2");
    is_str(judged(made), "", "fifteen of twenty ports, and one to another destination");
    for (int i = 0; i < 4; i++)
        now = made_add(made, IPPROTO_TCP, TCP_TIME_WAIT, "192.0.2.1");
    now->expires = 5;
    is_str(judged(made), "ports-near", "nineteen of twenty");
    made->host.limits.tw_reuse = 1;
    is_str(judged(made), "", "TIME_WAIT does not count if it may be reused");
    made->host.limits.tw_reuse = 0;
    made->after[15].peer = now->peer;
    is_str(judged(made), "ports-exhausted", "twenty");
    made->host.limits.first_port = -1;
    is_str(judged(made), "", "without a range that is known");
}

static void test_datagrams(struct made *made)
{
    made_begin(made);
    struct sockdiag_socket *now = made_add(made, IPPROTO_UDP, TCP_CLOSE, NULL);
    struct sockdiag_socket *then = then_of(made, now);
    now->drops = then->drops = 1000;
    now->receive_queue = then->receive_queue = 74999;
    is_str(judged(made), "", "drops of long ago, and less than three quarters");
    now->receive_queue = then->receive_queue = 75000;
    is_str(judged(made), "udp-queue", "three quarters at both looks");
    then->drops = 999;
    is_str(judged(made), "udp-drops", "a drop between the looks");
}

static void test_shared(struct made *made)
{
    made_begin(made);
    struct sockdiag_socket *first = made_add(made, IPPROTO_TCP, TCP_LISTEN, NULL);
    struct sockdiag_socket *second = made_add(made, IPPROTO_TCP, TCP_LISTEN, NULL);
    struct sockdiag_socket *waiting = made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.1");
    first->send_queue = second->send_queue = 100;
    second->local = waiting->local = first->local;
    waiting->inode = 0;
    first->receive_queue = then_of(made, first)->receive_queue = 1;
    is_str(judged(made), "shared-port", "one of two listeners accepts nothing");
    waiting->cookie = 99;
    is_str(judged(made), "", "what waits is new");
    first->receive_queue = then_of(made, first)->receive_queue = 0;
    second->local = address_of("0.0.0.0", 40000);
    is_str(judged(made), "", "a process hides its own wildcard listener");
    second->inode = 2000;
    is_str(judged(made), "shared-port", "that of another process");
    first->interface = 1;
    is_str(judged(made), "", "on one interface");
    first->interface = 0;
    first->protocol = second->protocol = IPPROTO_UDP;
    first->state = second->state = TCP_CLOSE;
    is_str(judged(made), "", "UDP at the wildcard address may be multicast");
    second->local = first->local;
    is_str(judged(made), "shared-port", "UDP at one address, two programs");
}

static void test_limits(struct made *made)
{
    made_begin(made);
    made_add(made, IPPROTO_TCP, TCP_ESTABLISHED, "192.0.2.1");
    made->host.limits.tcp_pressure = made->host.limits.udp_pressure = 100;
    made->host.limits.orphans = made->host.limits.tw_buckets = 100;
    made->host.memory = (struct procfs_sockstat){89, 89, 99, 99};
    is_str(judged(made), "", "everything just below");
    made->host.memory.orphans = 90;
    is_str(judged(made), "orphans", "90 % of the orphans");
    made->host.memory = (struct procfs_sockstat){-1, 90, -1, -1};
    is_str(judged(made), "time-wait-bucket", "90 % of TIME_WAIT");
    made->host.memory = (struct procfs_sockstat){-1, -1, 100, -1};
    is_str(judged(made), "tcp-memory", "TCP memory under pressure");
    made->host.memory = (struct procfs_sockstat){-1, -1, -1, 100};
    is_str(judged(made), "udp-memory", "UDP memory under pressure");
    made->host.limits.udp_pressure = -1;
    is_str(judged(made), "", "a limit that is not known");
    made->process = (struct host_process){.holder = made->holders, .sockets = 16, .open = 89, .limit = 100};
    made->host.processes = &made->process;
    made->host.processes_count = 1;
    is_str(judged(made), "", "89 % of the descriptors");
    made->process.open = 90;
    is_str(judged(made), "descriptor-limit", "90 %");
    made->process.holder = &made->holders[1];
    is_str(judged(made), "", "of a process whose sockets the filter leaves out");
}

static void test_order(void)
{
    struct found found = {.items = NULL};
    add_finding(&found, UNOWNED, 5, NULL, F_INT("sockets", 5));
    add_finding(&found, CLOSE_WAIT, 1, NULL, F_INT("sockets", 1));
    add_finding(&found, CLOSE_WAIT, 2, NULL, F_INT("sockets", 2));
    found_sort(&found);
    is_int(found.items[0]->weight, 2, "the largest of the worst first");
    is_int(found.items[2]->code, FINDING_UNOWNED, "the least grave last");
    found_free(&found);
}

int main(void)
{
    static struct made made;
    test_queues(&made);
    test_half_open(&made);
    test_senders(&made);
    test_readers(&made);
    test_close_wait(&made);
    test_ports(&made);
    test_datagrams(&made);
    test_shared(&made);
    test_limits(&made);
    test_order();
    return done();
}
