/* SPDX-License-Identifier: ISC */
/* why/ against real failures, with the evidence that net/evidence takes from the socket. */
#include "tests/unit/why.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>

#include "tests/unit/rights.h"

static void test_held(void)
{
    cleanup_fd int holder = bound(AF_INET, SOCK_STREAM);
    struct address address = name_of(holder);
    struct failure failure = failing_bind(SOCK_STREAM, &address, false);
    is_int(failure.error, EADDRINUSE, "EADDRINUSE of bind");
    json_t *events = explained(&failure);
    if (find_cause(events, "port-holder-unknown"))
        skip("this kernel does not list sockets that are only bound (Linux 6.8 does)");
    else
        ok(has(&failure, "port-held-by-bound-socket", "pid", getpid()),
            "by a socket that is only bound: this process");
    json_decref(events);
    must(listen(holder, 1) == 0);
    failure = failing_bind(SOCK_STREAM, &address, true);
    ok(has(&failure, "port-held-by-listener", "pid", getpid()), "by a listener: its pid");
    ok(has(&failure, "port-held-by-listener", "uid", getuid()), "its user");
    ok(has(&failure, "port-held-by-listener", "fd", holder), "its descriptor");
    ok(!find_cause(events = explained(&failure), "reuse-address-off"),
        "SO_REUSEADDR is not proposed, it would not help");
    json_decref(events);
    address = loopback("0.0.0.0", address_port(&address));
    failure = failing_bind(SOCK_STREAM, &address, true);
    ok(has(&failure, "port-held-by-listener", "pid", getpid()),
        "also for one who wants the wildcard address");
    address = loopback("::", address_port(&address));
    failure = failing_bind(SOCK_STREAM, &address, true);
    ok(has(&failure, "port-held-by-listener", "pid", getpid()), "of both families");

    cleanup_fd int datagram = bound(AF_INET6, SOCK_DGRAM);
    address = name_of(datagram);
    failure = failing_bind(SOCK_DGRAM, &address, false);
    ok(has(&failure, "port-held-by-udp-socket", "fd", datagram), "by a UDP socket");
}

/* A connection whose server end closed first; reuse is the old sockets' SO_REUSEADDR. Returns the server's
 * address. */
static struct address time_wait(bool reuse)
{
    cleanup_fd int listener = opened(AF_INET, SOCK_STREAM), client = opened(AF_INET, SOCK_STREAM),
                   server = -1;
    struct address address = loopback("127.0.0.1", 0);
    int on = reuse;
    char byte;
    must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    must(bind(listener, &address.sa, address.length) == 0 && listen(listener, 1) == 0);
    address = name_of(listener);
    must(connect(client, &address.sa, address.length) == 0);
    must((server = accept(listener, NULL, NULL)) != -1);
    must(shutdown(server, SHUT_WR) == 0 && recv(client, &byte, 1, 0) == 0);
    return address;
}

static void test_time_wait(void)
{
    struct address address = time_wait(false);
    struct failure failure = failing_bind(SOCK_STREAM, &address, false);
    ok(has(&failure, "port-in-time-wait", NULL, 0), "EADDRINUSE by TIME_WAIT");
    ok(has(&failure, "reuse-address-off", NULL, 0), "SO_REUSEADDR could have helped");
    json_t *events = explained(&failure);
    double left = json_real_value(json_object_get(find_cause(events, "port-in-time-wait"), "expires"));
    ok(left > 50 && left <= 60, "with the seconds that are left");
    json_decref(events);
    failure = failing_bind(SOCK_STREAM, &address, true);
    ok(has(&failure, "reuse-address-one-sided", NULL, 0),
        "with it on, it was the old socket that had it off");
}

/* Two sockets may be bound to one port, but only one may listen: the other's own entry explains nothing. */
static void test_own_socket(void)
{
    cleanup_fd int other = opened(AF_INET, SOCK_STREAM);
    cleanup_fd int own = opened(AF_INET, SOCK_STREAM);
    const int on = 1;
    must(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    must(setsockopt(own, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    struct address address = loopback("127.0.0.1", 0);
    must(bind(other, &address.sa, address.length) == 0);
    address = name_of(other);
    must(bind(own, &address.sa, address.length) == 0);
    must(listen(other, 1) == 0 && listen(own, 1) < 0);
    struct failure failure = failed(PHASE_LOCAL, "listen", own, &address);
    ok(failure.error == EADDRINUSE && has(&failure, "port-held-by-listener", "fd", other),
        "EADDRINUSE of listen: by the other that listens");
    close(fd_take(&other));
    ok(has(&failure, "port-holder-unknown", NULL, 0), "and when that is gone, not by this socket itself");
}

static void test_bind_others(void)
{
    struct address address = loopback("192.0.2.1", 0);
    struct failure failure = failing_bind(SOCK_STREAM, &address, false);
    ok(failure.error == EADDRNOTAVAIL && has(&failure, "address-not-local", NULL, 0),
        "EADDRNOTAVAIL: not ours");
    address = loopback("fe80::1", 0);
    failure = failing_bind(SOCK_STREAM, &address, false);
    ok(has(&failure, "scope-missing", NULL, 0), "EINVAL of a link-local address: its interface");
    address = loopback("127.0.0.1", 1);
    cleanup_fd int fd = opened(AF_INET, SOCK_STREAM);
    rights_use(false);
    if (bind(fd, &address.sa, address.length) < 0) {
        failure = failed(PHASE_LOCAL, "bind", fd, &address);
        ok(has(&failure, "port-privileged", "start", 1024), "EACCES of a privileged port: the limit");
    } else {
        skip("no port is privileged here (net.ipv4.ip_unprivileged_port_start)");
    }
    rights_use(true);
    address = loopback("127.0.0.1", 8080);
    errno = EACCES;
    failure = failed(PHASE_LOCAL, "bind", -1, &address);
    ok(has(&failure, "bind-denied-by-policy", "port", 8080), "EACCES of another one: not the port");
}

static void test_refused(void)
{
    cleanup_fd int holder = bound(AF_INET6, SOCK_STREAM);
    struct address v6 = name_of(holder), v4 = loopback("127.0.0.1", address_port(&v6));
    struct failure failure = failing_connect(AF_INET6, SOCK_STREAM, &v6);
    ok(failure.error == ECONNREFUSED && has(&failure, "nobody-listens", NULL, 0),
        "ECONNREFUSED: nobody listens");
    must(listen(holder, 1) == 0);
    failure = failing_connect(AF_INET, SOCK_STREAM, &v4);
    ok(has(&failure, "nobody-listens", NULL, 0), "nobody on this address,");
    ok(has(&failure, "listener-elsewhere", "fd", holder), "but somebody on another one");
    errno = ECONNREFUSED;
    failure = failed(PHASE_CONNECT, "connect", -1, &v6);
    ok(has(&failure, "rejected-despite-listener", "fd", holder), "a refusal where somebody does listen");
    v4 = loopback("192.0.2.1", 80);
    errno = ECONNREFUSED;
    failure = failed(PHASE_CONNECT, "connect", -1, &v4);
    ok(has(&failure, "reset-answer", NULL, 0),
        "of another host no more is said than that it answered with RST");
}

static void test_udp_refused(void)
{
    struct address address = loopback("127.0.0.1", 0);
    struct pollfd wait = {.events = 0};
    socklen_t length = sizeof(int);
    int error;
    cleanup_fd int other = bound(AF_INET, SOCK_DGRAM);
    address = name_of(other);
    close(fd_take(&other));
    cleanup_fd int fd = opened(AF_INET, SOCK_DGRAM);
    must(connect(fd, &address.sa, address.length) == 0 &&
         setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, 4) == 0);
    must(send(fd, "x", 1, 0) == 1);
    wait.fd = fd;
    must(poll(&wait, 1, 5000) == 1);
    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
    errno = error;
    struct failure failure = failed(PHASE_DATAGRAM, "send", fd, &address);
    ok(has(&failure, "icmp-error", "code", 3),
        "ECONNREFUSED of a datagram: ICMP port unreachable, and from whom");
    ok(has(&failure, "no-udp-socket", NULL, 0), "no socket there");
}

static void test_connect_others(void)
{
    struct address address = loopback("fe80::1", 80);
    struct failure failure = failing_connect(AF_INET6, SOCK_STREAM, &address);
    ok(failure.error == EINVAL && has(&failure, "scope-missing", NULL, 0),
        "EINVAL: link-local without interface");
    address = loopback("224.0.0.5", 80);
    failure = failing_connect(AF_INET, SOCK_STREAM, &address);
    ok(failure.error == ENETUNREACH, "ENETUNREACH of a multicast address");
    address = loopback("127.0.0.1", 80);
    failure = failing_connect(
        AF_INET6, SOCK_STREAM, &(struct address){.in6 = {.sin6_family = AF_INET}, .length = 28});
    failure.address = address;
    ok(failure.error == EAFNOSUPPORT && has(&failure, "family-mismatch", NULL, 0),
        "EAFNOSUPPORT: both families");
}

static void test_connection_exists(void)
{
    cleanup_fd int listener = bound(AF_INET, SOCK_STREAM), first = opened(AF_INET, SOCK_STREAM);
    cleanup_fd int second = opened(AF_INET, SOCK_STREAM);
    struct address address = name_of(listener), local = loopback("127.0.0.1", 0);
    int on = 1;
    must(listen(listener, 1) == 0);
    must(setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    must(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    must(bind(first, &local.sa, local.length) == 0);
    local = name_of(first);
    must(bind(second, &local.sa, local.length) == 0);
    must(connect(first, &address.sa, address.length) == 0);
    must(connect(second, &address.sa, address.length) < 0);
    struct failure failure = failed(PHASE_CONNECT, "connect", second, &address);
    if (failure.evidence.local.length == 0 || address_port(&failure.evidence.local) == 0)
        failure.evidence.local = local;
    ok(failure.error == EADDRNOTAVAIL && has(&failure, "connection-exists", "fd", first),
        "EADDRNOTAVAIL: the same connection exists");
}

static void test_reset(void)
{
    cleanup_fd int listener = bound(AF_INET, SOCK_STREAM), client = opened(AF_INET, SOCK_STREAM), server = -1;
    struct address address = name_of(listener);
    struct pollfd wait = {.events = POLLIN};
    char byte;
    must(listen(listener, 1) == 0 && connect(client, &address.sa, address.length) == 0);
    must((server = accept(listener, NULL, NULL)) != -1);
    must(send(client, "hello", 5, 0) == 5);
    wait.fd = server;
    must(poll(&wait, 1, 5000) == 1);
    close(fd_take(&server));
    wait.fd = client;
    must(poll(&wait, 1, 5000) == 1 && recv(client, &byte, 1, 0) < 0);
    struct failure failure = failed(PHASE_STREAM, "recv", client, &address);
    failure.evidence.sent = 5;
    ok(failure.error == ECONNRESET && has(&failure, "reset-by-peer", "sent", 5),
        "ECONNRESET: after how many bytes");
    must(send(client, "x", 1, MSG_NOSIGNAL) < 0);
    failure = failed(PHASE_STREAM, "send", client, &address);
    ok(failure.error == EPIPE && has(&failure, "reset-by-peer", "sent", 0), "EPIPE: RST behind its FIN");
    failure.evidence.sent = 5;
    ok(has(&failure, "peer-closed", NULL, 0), "EPIPE: the peer had closed");
    failure.evidence.shut_down = true;
    ok(has(&failure, "already-shut-down", NULL, 0), "or this side had");
}

static void test_message_size(void)
{
    static char bytes[70000];
    cleanup_fd int fd = opened(AF_INET, SOCK_DGRAM);
    struct address address = loopback("127.0.0.1", 9);
    must(connect(fd, &address.sa, address.length) == 0 && send(fd, bytes, sizeof(bytes), 0) < 0);
    struct failure failure = failed(PHASE_DATAGRAM, "send", fd, &address);
    failure.evidence.length = sizeof(bytes);
    ok(failure.error == EMSGSIZE && has(&failure, "message-too-long", "limit", 65507),
        "EMSGSIZE: UDP's limit");
}

static void test_descriptors(void)
{
    struct rlimit limit, low;
    int fd, count = 0, last;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    must((last = dup(0)) != -1);
    low = (struct rlimit){.rlim_cur = (rlim_t)last, .rlim_max = limit.rlim_max};
    close(last);
    must(setrlimit(RLIMIT_NOFILE, &low) == 0);
    while ((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1)
        count++;
    struct failure failure = failed(PHASE_LOCAL, "socket", -1, NULL);
    ok(count == 0 && failure.error == EMFILE &&
            has(&failure, "descriptor-limit", "soft", (int64_t)low.rlim_cur),
        "EMFILE: the limit");
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void test_names(void)
{
    struct failure failure = {.phase = PHASE_RESOLVE, .call = "getaddrinfo", .eai = EAI_AGAIN, .name = "x"};
    json_t *events = explained(&failure);

    ok(find_cause(events, "name-servers") || find_cause(events, "no-name-servers"),
        "EAI_AGAIN: who was to be asked");
    json_decref(events);
}

static void test_quiet(void)
{
    struct sink sink = {.report = stdout, .results = stdout, .diagnostics = stdout, .level = LEVEL_ERRORS};
    struct address address = loopback("127.0.0.1", 1);
    errno = ECONNREFUSED;
    struct failure failure = failed(PHASE_CONNECT, "connect", -1, &address);

    errno = 42;
    why_emit(&sink, &failure);
    is_int(errno, 42, "where nobody listens nothing is asked, and errno is kept");
}

int main(void)
{
    test_held();
    test_time_wait();
    test_own_socket();
    test_bind_others();
    test_refused();
    test_udp_refused();
    test_connect_others();
    test_connection_exists();
    test_reset();
    test_message_size();
    test_names();
    test_quiet();
    test_descriptors();
    return done();
}
