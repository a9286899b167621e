/* SPDX-License-Identifier: ISC */
/* What the bench's programs share: how they fail, open their sockets and read their arguments. */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Noreturn void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

long bench_number(const char *text)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < 0) {
        fprintf(stderr, "bench: not a number: %s\n", text);
        exit(2);
    }
    return number;
}

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct sockaddr_in address_of(const char *text, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)bench_number(port))};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
        bench_die(text);
    return address;
}

static void no_delay(int fd)
{
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)))
        bench_die("TCP_NODELAY");
}

int bench_try(const char *text, const char *port)
{
    struct sockaddr_in address = address_of(text, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address))
        return fd;
    close(fd);
    return -1;
}

int bench_connect(const char *port)
{
    int fd = bench_try("127.0.0.1", port);
    if (fd < 0)
        bench_die("connect");
    no_delay(fd);
    return fd;
}

int bench_listen_on(const char *text, const char *port, int backlog)
{
    struct sockaddr_in address = address_of(text, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
        bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, backlog))
        bench_die("listen");
    return fd;
}

int bench_listen(const char *port, int backlog)
{
    return bench_listen_on("127.0.0.1", port, backlog);
}

int bench_accept_one(const char *port)
{
    int listener = bench_listen(port, 1);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        bench_die("accept");
    close(listener);
    no_delay(fd);
    return fd;
}

void bench_raise_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
