/* SPDX-License-Identifier: ISC */
/* kernel/sockdiag against sockets made here in every state that can be made without a filter. */
#include "kernel/sockdiag/sockdiag.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "tests/unit/tap.h"

struct pair {
    int listener, client, server;
    struct address client_end, server_end;
};

static struct address name_of(int fd)
{
    struct address address = {.length = sizeof(address.storage)};
    must(getsockname(fd, &address.sa, &address.length) == 0);
    return address;
}

static int bound(int family, int type, bool reuse)
{
    struct address any;
    int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;
    must(fd != -1 && address_parse(&any, family == AF_INET ? "127.0.0.1" : "::1", 0));
    must(!reuse || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    must(bind(fd, &any.sa, any.length) == 0);
    return fd;
}

static struct pair connected(int family, bool accepted)
{
    struct pair pair = {.listener = bound(family, SOCK_STREAM, true), .server = -1};
    pair.server_end = name_of(pair.listener);
    pair.client = bound(family, SOCK_STREAM, false);
    must(listen(pair.listener, 5) == 0);
    must(connect(pair.client, &pair.server_end.sa, pair.server_end.length) == 0);
    pair.client_end = name_of(pair.client);
    if (accepted)
        must((pair.server = accept4(pair.listener, NULL, NULL, SOCK_CLOEXEC)) != -1);
    return pair;
}

static void shut(int *fd)
{
    if (*fd != -1)
        close(*fd);
    *fd = -1;
}

static void pair_close(struct pair *pair)
{
    shut(&pair->client);
    shut(&pair->server);
    shut(&pair->listener);
}

static uint32_t inode_of(int fd)
{
    struct stat status;
    must(fstat(fd, &status) == 0);
    return (uint32_t)status.st_ino;
}

static uint64_t cookie_of(int fd)
{
    uint64_t cookie;
    socklen_t length = sizeof(cookie);
    must(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0);
    return cookie;
}

/* What one walk is looking for, and how often it came by. */
struct expect {
    uint64_t cookie;
    int seen;
    struct sockdiag_socket socket;
};

static int count_cookie(const struct sockdiag_socket *socket, void *data)
{
    struct expect *expect = data;
    if (socket->cookie == expect->cookie) {
        expect->seen++;
        expect->socket = *socket;
    }
    return 0;
}

static bool lookup(const struct address *local, const struct address *peer, struct sockdiag_socket *found)
{
    return sockdiag_lookup(IPPROTO_TCP, local, peer, 0, found) == 1;
}

static void test_established(int family, const char *names[5])
{
    struct pair pair = connected(family, true);
    struct sockdiag_socket found;
    ok(lookup(&pair.client_end, &pair.server_end, &found) && found.state == TCP_ESTABLISHED, names[0]);
    ok(found.inode == inode_of(pair.client) && found.cookie == cookie_of(pair.client) &&
            found.uid == getuid(),
        names[1]);
    ok(address_equal(&found.local, &pair.client_end) && address_equal(&found.peer, &pair.server_end),
        names[2]);
    ok(found.tcpinfo.length >= 232 && found.tcpinfo.is.tcpi_state == TCP_ESTABLISHED &&
            found.congestion[0] != '\0' && found.has_memory && found.receive_buffer > 0,
        names[3]);
    must(send(pair.client, "hello", 5, 0) == 5);
    ok(lookup(&pair.server_end, &pair.client_end, &found) && found.receive_queue == 5, names[4]);
    pair_close(&pair);
}

static void test_listen(void)
{
    struct pair pair = connected(AF_INET, false);
    struct sockdiag_query query = {
        .family = AF_INET, .protocol = IPPROTO_TCP, .states = SOCKDIAG_STATE(TCP_LISTEN)};
    struct sockdiag_socket found;
    query.port = address_port(&pair.server_end);
    is_int(sockdiag_find(&query, &found), 1, "a listener is found by its port");
    ok(found.state == TCP_LISTEN && found.peer.length == 0, "in LISTEN, without a peer");
    is_int(found.receive_queue, 1, "with the length of its accept queue");
    is_int(found.send_queue, 5, "and its limit");
    ok(lookup(&pair.server_end, &pair.client_end, &found) && found.inode == 0 && sockdiag_is_owned(&found),
        "a connection in the accept queue has no inode, but belongs to the listener");
    is_int(sockdiag_other_end(&pair.client_end, &pair.server_end), SOCKDIAG_HELD,
        "so the other end of its client is held");
    query.states = SOCKDIAG_STATE(TCP_SYN_SENT);
    is_int(sockdiag_find(&query, &found), 0, "and not found under another state");
    struct address nobody = pair.client_end;
    address_set_port(&nobody, address_port(&pair.server_end));
    is_int(sockdiag_lookup(IPPROTO_TCP, &pair.server_end, &nobody, 0, &found), 0,
        "a connection that is not there is not mistaken for the listener");
    pair_close(&pair);
}

static void test_closing(void)
{
    struct pair pair = connected(AF_INET, true);
    struct sockdiag_socket found;
    uint64_t cookie = cookie_of(pair.client);
    is_int(sockdiag_other_end(&pair.server_end, &pair.client_end), SOCKDIAG_HELD, "a held end is held");
    must(shutdown(pair.client, SHUT_WR) == 0);
    is_int(
        sockdiag_other_end(&pair.server_end, &pair.client_end), SOCKDIAG_HELD, "a half-closed end is held");
    ok(lookup(&pair.client_end, &pair.server_end, &found) && found.has_shutdown && found.shutdown == 2,
        "SHUT_WR is seen from outside");
    shut(&pair.client);
    is_int(
        sockdiag_other_end(&pair.server_end, &pair.client_end), SOCKDIAG_ORPHAN, "a closed end is an orphan");
    ok(lookup(&pair.client_end, &pair.server_end, &found) && !sockdiag_is_owned(&found) &&
            (found.state == TCP_FIN_WAIT1 || found.state == TCP_FIN_WAIT2),
        "in FIN_WAIT1 or FIN_WAIT2, owned by nobody");
    is_int(sockdiag_lookup(IPPROTO_TCP, &pair.client_end, &pair.server_end, cookie, &found), 1,
        "it still has the cookie it had when it was open");
    is_int(sockdiag_lookup(IPPROTO_TCP, &pair.client_end, &pair.server_end, cookie + 1, &found), 0,
        "and is not found with another one");
    ok(lookup(&pair.server_end, &pair.client_end, &found) && found.state == TCP_CLOSE_WAIT,
        "its peer: CLOSE_WAIT");
    shut(&pair.server);
    ok(lookup(&pair.client_end, &pair.server_end, &found) && found.state == TCP_TIME_WAIT, "then TIME_WAIT");
    ok(found.inode == 0 && found.timer == SOCKDIAG_TIMER_TIME_WAIT && found.expires > 50 * NS_PER_S &&
            found.expires <= 60 * NS_PER_S && !sockdiag_is_owned(&found),
        "of the kernel alone, with the time that is left of 60 s");
    is_int(sockdiag_other_end(&pair.client_end, &pair.server_end), SOCKDIAG_ABSENT, "the other end is gone");
    pair_close(&pair);
}

static void test_syn_recv(void)
{
    struct pair pair = {.listener = bound(AF_INET, SOCK_STREAM, false), .server = -1};
    struct sockdiag_socket found;
    int seconds = 30;
    must(setsockopt(pair.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)) == 0);
    must(listen(pair.listener, 5) == 0);
    pair.server_end = name_of(pair.listener);
    pair.client = bound(AF_INET, SOCK_STREAM, false);
    must(connect(pair.client, &pair.server_end.sa, pair.server_end.length) == 0);
    pair.client_end = name_of(pair.client);
    ok(lookup(&pair.server_end, &pair.client_end, &found) && found.state == TCP_SYN_RECV,
        "TCP_DEFER_ACCEPT leaves a silent client's connection in SYN_RECV");
    ok(found.timer == SOCKDIAG_TIMER_RETRANSMIT && found.inode == 0 && sockdiag_is_owned(&found),
        "with the timer of its SYN-ACK, for the listener's owner");
    pair_close(&pair);
}

/* A walk over TCP and UDP of both families. */
static int each_inet(const struct sockdiag_query *query, sockdiag_visit *visit, void *data)
{
    static const struct {
        int family, protocol;
    } kinds[] = {
        {AF_INET, IPPROTO_TCP}, {AF_INET6, IPPROTO_TCP}, {AF_INET, IPPROTO_UDP}, {AF_INET6, IPPROTO_UDP}};
    struct sockdiag_query one = *query;

    for (size_t i = 0; i < array_size(kinds); i++) {
        one.family = kinds[i].family;
        one.protocol = kinds[i].protocol;
        int result = sockdiag_each(&one, visit, data);
        if (result != 0)
            return result;
    }
    return 0;
}

static void test_bound_only(void)
{
    int fd = bound(AF_INET6, SOCK_STREAM, false);
    struct address local = name_of(fd);
    struct sockdiag_query query = {.port = address_port(&local)};
    struct expect expect = {.cookie = cookie_of(fd)};
    is_int(each_inet(&query, count_cookie, &expect), 0, "a walk over TCP and UDP of both families");
    if (expect.seen == 0)
        skip("this kernel does not list sockets that are only bound (Linux 6.8 does)");
    else
        ok(expect.seen == 1 && expect.socket.state == TCP_CLOSE && expect.socket.inode == inode_of(fd),
            "meets a socket that is only bound, once, in CLOSE");
    close(fd);
}

static void test_udp(void)
{
    int fd = bound(AF_INET, SOCK_DGRAM, false), other = bound(AF_INET, SOCK_DGRAM, false);
    struct address local = name_of(fd), peer = name_of(other);
    struct sockdiag_query query = {.port = address_port(&local)};
    struct expect expect = {.cookie = cookie_of(fd)};
    struct sockdiag_socket found;
    must(sendto(other, "abc", 3, 0, &local.sa, local.length) == 3);
    must(each_inet(&query, count_cookie, &expect) == 0);
    ok(expect.seen == 1 && expect.socket.protocol == IPPROTO_UDP && expect.socket.type == SOCK_DGRAM &&
            expect.socket.state == TCP_CLOSE && expect.socket.receive_queue >= 3,
        "an unconnected UDP socket is listed in CLOSE with what waits in it");
    must(connect(fd, &peer.sa, peer.length) == 0);
    is_int(sockdiag_lookup(IPPROTO_UDP, &local, &peer, 0, &found), 1,
        "a connected one is found by its addresses");
    ok(found.state == TCP_ESTABLISHED && found.cookie == expect.cookie, "in ESTABLISHED");
    close(fd);
    close(other);
}

/* What a UDP socket had no room for. */
static void test_drops(void)
{
    int fd = bound(AF_INET, SOCK_DGRAM, false), other = bound(AF_INET, SOCK_DGRAM, false), least = 1;
    struct address local = name_of(fd);
    struct sockdiag_query query = {.port = address_port(&local)};
    struct expect expect = {.cookie = cookie_of(fd)};
    char bytes[4000] = "";
    must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)) == 0);
    for (int i = 0; i < 10; i++)
        must(sendto(other, bytes, sizeof(bytes), 0, &local.sa, local.length) == sizeof(bytes));
    must(each_inet(&query, count_cookie, &expect) == 0);
    int arrived = 0;
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        arrived++;
    ok(expect.seen == 1 && expect.socket.has_memory && arrived < 10, "a UDP socket without room drops");
    is_int(expect.socket.drops, 10 - arrived, "and what it dropped is counted");
    close(fd);
    close(other);
}

static void test_mapped(void)
{
    struct pair pair = {.listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), .server = -1};
    struct address mapped = {.in6.sin6_family = AF_INET6, .length = sizeof(mapped.in6)};
    struct sockdiag_socket found;
    must(bind(pair.listener, &mapped.sa, mapped.length) == 0 && listen(pair.listener, 1) == 0);
    mapped = name_of(pair.listener);
    must(address_parse(&pair.server_end, "127.0.0.1", address_port(&mapped)));
    pair.client = bound(AF_INET, SOCK_STREAM, false);
    must(connect(pair.client, &pair.server_end.sa, pair.server_end.length) == 0);
    must((pair.server = accept(pair.listener, NULL, NULL)) != -1);
    pair.client_end = name_of(pair.client);
    mapped = name_of(pair.server);
    ok(mapped.sa.sa_family == AF_INET6 && lookup(&mapped, &pair.client_end, &found) &&
            found.inode == inode_of(pair.server),
        "an IPv4 connection of an IPv6 socket is found by its mapped address");
    ok(lookup(&pair.server_end, &pair.client_end, &found) && found.inode == inode_of(pair.server),
        "and by its IPv4 address");
    is_int(sockdiag_other_end(&pair.client_end, &pair.server_end), SOCKDIAG_HELD, "from either end");
    pair_close(&pair);
}

static void test_unix(void)
{
    struct address path;
    char name[64];
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockdiag_query query = {.family = AF_UNIX, .inode = inode_of(listener)};
    struct sockdiag_socket found;
    snprintf(name, sizeof(name), "@sockctl unit test %d", (int)getpid());
    must(address_unix(&path, name));
    must(bind(listener, &path.sa, path.length) == 0 && listen(listener, 3) == 0);
    must(connect(client, &path.sa, path.length) == 0);
    ok(sockdiag_find(&query, &found) == 1 && found.state == TCP_LISTEN && found.type == SOCK_STREAM,
        "a unix listener is found by its inode");
    ok(address_equal(&found.local, &path), "with its abstract name");
    is_int(found.receive_queue, 1, "and its queue");
    int server = accept(listener, NULL, NULL);
    must(server != -1);
    query.inode = inode_of(client);
    ok(sockdiag_find(&query, &found) == 1 && found.state == TCP_ESTABLISHED &&
            found.peer_inode == inode_of(server) && found.uid == getuid(),
        "its client has a peer");
    close(client);
    close(server);
    close(listener);
}

static void test_destroy(void)
{
    cleanup_fd int fd = sockdiag_destroy_open(true, false);
    struct pair pair = connected(AF_INET, true);
    struct expect expect = {.cookie = cookie_of(pair.server)};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char bytes[3];
    ok(fd != -1, "anyone may hear of the end of sockets");
    is_int(sockdiag_destroy_read(fd, count_cookie, &expect), 0, "and need not wait for it");
    /* The end that closes second is in LAST_ACK at once; a reset one would have its counters cleared. */
    must(send(pair.server, "abc", 3, 0) == 3 && recv(pair.client, bytes, 3, MSG_WAITALL) == 3);
    shut(&pair.client);
    shut(&pair.server);
    while (
        expect.seen == 0 && poll(&wait, 1, 5000) > 0 && sockdiag_destroy_read(fd, count_cookie, &expect) == 0)
        ;
    ok(expect.seen == 1 && expect.socket.tcpinfo.is.tcpi_bytes_sent == 3,
        "which comes with the last counters");
    pair_close(&pair);
}

static void test_errors(void)
{
    struct address v4, v6;
    struct sockdiag_socket found;
    must(address_parse(&v4, "127.0.0.1", 1) && address_parse(&v6, "::1", 1));
    ok(sockdiag_lookup(IPPROTO_TCP, &v4, &v6, 0, &found) < 0 && errno == EINVAL,
        "mixed families are refused");
}

int main(void)
{
    test_established(AF_INET,
        (const char *[]){"IPv4: a connection is found by its addresses", "IPv4: its owner", "IPv4: its ends",
            "IPv4: its tcp_info, congestion control and buffers", "IPv4: its queue"});
    test_established(AF_INET6,
        (const char *[]){"IPv6: a connection is found by its addresses", "IPv6: its owner", "IPv6: its ends",
            "IPv6: its tcp_info, congestion control and buffers", "IPv6: its queue"});
    test_listen();
    test_closing();
    test_syn_recv();
    test_bound_only();
    test_udp();
    test_drops();
    test_mapped();
    test_unix();
    test_destroy();
    test_errors();
    return done();
}
