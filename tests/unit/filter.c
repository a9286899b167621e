/* SPDX-License-Identifier: ISC */
/* kernel/sockdiag/filter: what it wants, and its program as the kernel would judge and run it. */
#include "kernel/sockdiag/filter.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/unit/tap.h"

static struct sockdiag_socket tcp_socket(
    int state, const char *local, int port, const char *peer, int peer_port)
{
    struct sockdiag_socket socket = {
        .type = SOCK_STREAM, .protocol = IPPROTO_TCP, .state = state, .uid = 1000, .inode = 5};
    if (!address_parse(&socket.local, local, port) || (peer && !address_parse(&socket.peer, peer, peer_port)))
        exit(1);
    socket.family = socket.local.sa.sa_family;
    return socket;
}

static void ports_set(struct filter_ports *ports, const char *text)
{
    char error[128];
    ports->given = true;
    if (!ports_parse(&ports->ports, text, NULL, NULL, error, sizeof(error)))
        exit(1);
}

static void prefix_add(struct filter_prefixes *prefixes, const char *address, unsigned bits)
{
    struct filter_prefix *prefix = &prefixes->items[prefixes->count++];
    prefix->bits = bits;
    if (!address_parse(&prefix->address, address, 0))
        exit(1);
}

/* inet_diag_bc_audit() and valid_cc() of the kernel: jumps end at operations, or beyond the end. */
static bool is_target(const unsigned char *code, size_t length, size_t target)
{
    size_t at = 0;
    while (at < length && at < target)
        at += ((const struct inet_diag_bc_op *)(const void *)(code + at))->yes;
    return at == target;
}

static bool is_accepted(const unsigned char *code, size_t length)
{
    for (size_t at = 0; at < length;) {
        struct inet_diag_bc_op op;
        memcpy(&op, code + at, sizeof(op));
        size_t rest = length - at;
        if (op.yes < 4 || op.yes % 4 != 0 || op.yes > rest + 4 || op.no < 4 || op.no % 4 != 0 ||
            op.no > rest + 4 || (op.no < rest && !is_target(code, length, at + op.no)))
            return false;
        at += op.yes;
    }
    return true;
}

static bool prefix_holds(const unsigned char *operand, const struct address *address)
{
    struct inet_diag_hostcond condition;
    struct address plain = *address;
    memcpy(&condition, operand, sizeof(condition));
    address_unmap(&plain);
    const unsigned char *bytes = condition.family == AF_INET ? (const unsigned char *)&plain.in.sin_addr
                                                             : address->in6.sin6_addr.s6_addr;
    if (condition.family != (condition.family == AF_INET ? plain.sa.sa_family : address->sa.sa_family))
        return false;
    for (unsigned i = 0; i < condition.prefix_len; i++)
        if ((bytes[i / 8] ^ operand[sizeof(condition) + i / 8]) & 0x80 >> i % 8)
            return false;
    return true;
}

/* inet_diag_bc_run() of the kernel. */
static bool is_run(const unsigned char *code, size_t length, const struct sockdiag_socket *socket)
{
    int local = address_port(&socket->local), peer = socket->peer.length ? address_port(&socket->peer) : 0;
    size_t at = 0;
    while (at < length) {
        struct inet_diag_bc_op op, operand = {.code = 0};
        uint32_t interface = 0;
        bool yes = false;
        memcpy(&op, code + at, sizeof(op));
        if (op.yes > sizeof(op)) {
            memcpy(&operand, code + at + sizeof(op), sizeof(operand));
            memcpy(&interface, code + at + sizeof(op), sizeof(interface));
        }
        switch (op.code) {
        case INET_DIAG_BC_S_GE: yes = local >= operand.no; break;
        case INET_DIAG_BC_S_LE: yes = local <= operand.no; break;
        case INET_DIAG_BC_D_GE: yes = peer >= operand.no; break;
        case INET_DIAG_BC_D_LE: yes = peer <= operand.no; break;
        case INET_DIAG_BC_S_COND: yes = prefix_holds(code + at + sizeof(op), &socket->local); break;
        case INET_DIAG_BC_D_COND: yes = prefix_holds(code + at + sizeof(op), &socket->peer); break;
        case INET_DIAG_BC_DEV_COND: yes = interface == socket->interface; break;
        default: break;
        }
        at += yes ? op.yes : op.no;
    }
    return at == length;
}

static void test_wants(void)
{
    struct socket_filter all = SOCKET_FILTER_DEFAULTS, filter = SOCKET_FILTER_DEFAULTS;
    struct sockdiag_socket socket = tcp_socket(TCP_ESTABLISHED, "10.0.0.1", 443, "10.9.8.7", 50000);
    struct sockdiag_socket listener = tcp_socket(TCP_LISTEN, "::", 443, NULL, 0);
    struct sockdiag_socket unix_socket = {.family = AF_UNIX, .state = TCP_LISTEN};
    struct sockdiag_socket udp = tcp_socket(TCP_CLOSE, "127.0.0.1", 53, NULL, 0);
    udp.protocol = IPPROTO_UDP;
    ok(filter_wants(&all, &socket) && filter_wants(&all, &listener) && filter_wants(&all, &udp),
        "without a choice all are wanted");
    ok(!filter_wants(&all, &unix_socket), "but unix sockets");
    filter.local = true;
    ok(filter_wants(&filter, &unix_socket) && !filter_wants(&filter, &socket), "unix sockets alone");
    filter.tcp = true;
    ok(filter_wants(&filter, &socket) && !filter_wants(&filter, &udp), "with TCP");
    filter = all;
    filter.listening = true;
    ok(filter_wants(&filter, &listener) && filter_wants(&filter, &udp) && !filter_wants(&filter, &socket),
        "what waits for peers");
    filter = all;
    filter.states = FILTER_CONNECTED;
    ok(filter_wants(&filter, &socket) && !filter_wants(&filter, &listener) && !filter_wants(&filter, &udp),
        "what is connected");
    filter = all;
    filter.uid = 1000;
    ok(filter_wants(&filter, &socket), "a user's sockets");
    socket.inode = 0;
    ok(!filter_wants(&filter, &socket), "a socket without a holder has no user");
    filter = all;
    filter.family = AF_INET6;
    ok(filter_wants(&filter, &listener) && !filter_wants(&filter, &socket), "a family");
    filter = all;
    ports_set(&filter.either_port, "50000");
    ok(filter_wants(&filter, &socket) && !filter_wants(&filter, &listener), "a port at the peer");
    ports_set(&filter.either_port, "443");
    ok(filter_wants(&filter, &listener) && !filter_wants(&filter, &unix_socket), "a port here");
}

static void test_states(void)
{
    struct socket_filter filter = SOCKET_FILTER_DEFAULTS;
    is_int(filter_states(&filter, IPPROTO_TCP), SOCKDIAG_ANY_STATE, "any state");
    filter.states = SOCKDIAG_STATE(TCP_SYN_RECV);
    is_int(filter_states(&filter, IPPROTO_TCP), SOCKDIAG_STATE(TCP_SYN_RECV) | SOCKDIAG_STATE(12),
        "SYN_RECV is kept as TCP_NEW_SYN_RECV");
    filter.listening = true;
    is_int(filter_states(&filter, IPPROTO_TCP), 0, "states that exclude each other leave none");
    filter.states = SOCKDIAG_STATE(TCP_CLOSE);
    is_int(filter_states(&filter, IPPROTO_UDP), SOCKDIAG_STATE(TCP_CLOSE) | SOCKDIAG_STATE(13),
        "UDP without a peer is CLOSE");
}

static void test_holder(void)
{
    struct socket_filter filter = SOCKET_FILTER_DEFAULTS;
    const struct procfs_holder holders[] = {{.pid = 7, .program = "one"}, {.pid = 8, .program = "two"}};
    ok(!filter_needs_holder(&filter) && filter_wants_holder(&filter, NULL, 0), "any holder, or none");
    filter.pid = 8;
    ok(filter_needs_holder(&filter) && filter_wants_holder(&filter, holders, 2), "a process among several");
    filter.program = "one";
    ok(!filter_wants_holder(&filter, holders, 2), "process and program must be of one holder");
    filter.pid = -1;
    ok(filter_wants_holder(&filter, holders, 2) && !filter_wants_holder(&filter, holders + 1, 1),
        "a program");
}

static uint32_t random_state = 1;
static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

static const char *random_address(void)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.1.1", "127.0.0.1", "::1", "fe80::1",
        "fe80::2:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"};
    return addresses[random_below(array_size(addresses))];
}

static struct socket_filter random_filter(void)
{
    static const char *const lists[] = {"1", "2-3", "1,3", "2,4-5,7", "1-65535"};
    struct socket_filter filter = SOCKET_FILTER_DEFAULTS;
    struct filter_ports *const ports[] = {&filter.either_port, &filter.local_port, &filter.peer_port};
    struct filter_prefixes *const prefixes[] = {&filter.local_prefix, &filter.peer_prefix};
    for (size_t i = 0; i < array_size(ports); i++)
        if (random_below(3) == 0)
            ports_set(ports[i], lists[random_below(array_size(lists))]);
    for (size_t i = 0; i < array_size(prefixes); i++)
        for (unsigned count = random_below(4); count > 1; count--)
            prefix_add(prefixes[i], random_address(), random_below(33));
    filter.interface = random_below(2);
    return filter;
}

/* The program may let through what filter_wants() refuses for other reasons, but here there are none. */
static void test_program(void)
{
    unsigned char code[FILTER_CODE_MAX];
    unsigned refused = 0, different = 0, wanted = 0;
    for (int round = 0; round < 3000; round++) {
        struct socket_filter filter = random_filter();
        size_t length = filter_compile(&filter, code);
        refused += !is_accepted(code, length);
        for (int i = 0; i < 20; i++) {
            struct sockdiag_socket socket = tcp_socket(TCP_ESTABLISHED, random_address(),
                1 + (int)random_below(8), random_address(), 1 + (int)random_below(8));
            socket.interface = random_below(2);
            different += is_run(code, length, &socket) != filter_wants(&filter, &socket);
            wanted += filter_wants(&filter, &socket);
        }
    }
    is_int(refused, 0, "the kernel would accept each program");
    is_int(different, 0, "which selects what the filter wants");
    ok(wanted > 3000 && wanted < 57000, "some sockets and not others");
}

static void test_long(void)
{
    struct socket_filter filter = SOCKET_FILTER_DEFAULTS;
    unsigned char code[FILTER_CODE_MAX];
    is_int((intmax_t)filter_compile(&filter, code), 0, "no program for all sockets");
    filter.either_port.given = true;
    for (int port = 1; port < 2000; port += 2)
        filter.either_port.ports.bits[port / 64] |= UINT64_C(1) << port % 64;
    ports_set(&filter.peer_port, "3");
    size_t length = filter_compile(&filter, code);
    struct sockdiag_socket socket = tcp_socket(TCP_ESTABLISHED, "10.0.0.1", 2, "10.0.0.1", 3);
    ok(length > 0 && length < 64 && is_accepted(code, length) && is_run(code, length, &socket),
        "a condition that is too long is left to filter_wants()");
}

static int count_socket(const struct sockdiag_socket *socket, void *data)
{
    (void)socket;
    ++*(int *)data;
    return 0;
}

static int selected(const struct socket_filter *filter)
{
    int count = 0;
    return filter_each(filter, false, count_socket, &count) < 0 ? -1 : count;
}

/* The kernel of this machine, with a listener and a connection to it. */
static void test_kernel(void)
{
    struct socket_filter filter = SOCKET_FILTER_DEFAULTS;
    struct address at;
    char port[16];
    at = (struct address){.length = sizeof(at.storage)};
    cleanup_fd int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_ipv6 = listener >= 0;
    if (!is_ipv6)
        listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listen(listener, 1) < 0 || getsockname(listener, &at.sa, &at.length) < 0)
        exit(1);
    int number = address_port(&at);
    if (!address_parse(&at, "127.0.0.1", number) || connect(client, &at.sa, at.length) < 0)
        exit(1);
    snprintf(port, sizeof(port), "%d", number);
    ports_set(&filter.either_port, port);
    is_int(selected(&filter), 3, "a listener and both ends of its connection have the port");
    filter.listening = true;
    is_int(selected(&filter), 1, "one of them listens");
    filter.listening = false;
    prefix_add(&filter.peer_prefix, "127.0.0.0", 8);
    is_int(selected(&filter), 2, "two have a peer here, even if one is an IPv6 socket");
    filter.peer_prefix.count = 0;
    filter.peer_port = filter.either_port;
    is_int(selected(&filter), 1, "one has the port at the other end");
    filter.interface = 1;
    is_int(selected(&filter), 0, "none is bound to an interface");
}

int main(void)
{
    test_wants();
    test_states();
    test_holder();
    test_program();
    test_long();
    test_kernel();
    return done();
}
