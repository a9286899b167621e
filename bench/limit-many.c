/* SPDX-License-Identifier: ISC */
/*
 * Many connections at once: accept all that wait, hear a byte of each on stdout, keep those that stay open.
 * What came with the handshake is read without asking epoll first, and what all of them said is written at
 * once.
 */
#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char heard[64 << 10];
static size_t length;

static void watch(int poller, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event))
        bench_die("epoll_ctl");
}

static void flush(void)
{
    if (length && write(STDOUT_FILENO, heard, length) != (ssize_t)length)
        bench_die("write");
    length = 0;
}

/* Pass on what came; true when the connection has ended and is closed. */
static int hear(int fd)
{
    ssize_t got;
    do {
        if (sizeof heard - length < sizeof heard / 2)
            flush();
        got = recv(fd, heard + length, sizeof heard - length, 0);
        length += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    if (got < 0 && errno == EAGAIN)
        return 0;
    close(fd);
    return 1;
}

static long accept_all(int poller, int listener)
{
    long ended = 0;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (hear(fd))
            ended++;
        else
            watch(poller, fd);
    }
    if (errno != EAGAIN)
        bench_die("accept4");
    return ended;
}

int limit_serve(char **argv)
{
    long left = bench_number(argv[2]);
    struct epoll_event events[256];
    int poller = epoll_create1(EPOLL_CLOEXEC);
    bench_raise_descriptors();
    int listener = bench_listen(argv[1], 4096);
    if (fcntl(listener, F_SETFL, O_NONBLOCK))
        bench_die("fcntl");
    watch(poller, listener);
    while (left > 0) {
        int ready = epoll_wait(poller, events, 256, -1);
        if (ready < 0)
            bench_die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                left -= accept_all(poller, listener);
            else
                left -= hear(events[i].data.fd);
        }
        flush();
    }
    return 0;
}
