/* SPDX-License-Identifier: ISC */
/*
 * Ports by connect(): a non-blocking connect, and a second connect() that reads its result. A refused socket
 * is connected to the next port, so that a closed port costs two calls; epoll sees only what stays pending.
 * On loopback the kernel may choose the target as the local port, and the socket is then its own peer.
 */
#include "limit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct
try {
    int fd;
    long port;
    double deadline;
    int watched;
};

static struct sockaddr_in target;
static long next, last, pending, opened;
static double timeout;
static int poller;

static void try_close(struct try *try)
{
    if (try->fd >= 0)
        close(try->fd);
    try->fd = -1;
    try->watched = 0;
}

static int try_connect(struct try *try)
{
    return connect(try->fd, (struct sockaddr *)&target, sizeof target) ? errno : 0;
}

/* Reports an open port and closes its socket; a socket connected to itself has its port tried again. */
static void try_opened(struct try *try)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    if (getsockname(try->fd, (struct sockaddr *)&own, &length))
        bench_die("getsockname");
    if (own.sin_port == target.sin_port && own.sin_addr.s_addr == target.sin_addr.s_addr)
        next--;
    else if (++opened)
        printf("%ld\n", try->port);
    try_close(try);
}

/* Port by port until one stays pending or none are left. */
static void try_run(struct try *try)
{
    while (next <= last) {
        try->port = next++;
        target.sin_port = htons((in_port_t)try->port);
        if (try->fd < 0)
            try->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (try->fd < 0)
            bench_die("socket");
        int error = try_connect(try);
        if (error == EINPROGRESS)
            error = try_connect(try);
        if (error == EALREADY) {
            struct epoll_event event = {.events = EPOLLOUT | EPOLLET, .data.ptr = try};
            if (!try->watched && epoll_ctl(poller, EPOLL_CTL_ADD, try->fd, &event))
                bench_die("epoll_ctl");
            try->watched = 1;
            try->deadline = bench_now() + timeout;
            pending++;
            return;
        }
        if (!error || error == EISCONN)
            try_opened(try);
    }
    try_close(try);
}

static void try_end(struct try *try)
{
    pending--;
    try_run(try);
}

int limit_scan(char **argv)
{
    long flight = bench_number(argv[4]);
    struct try *tries = calloc((size_t)flight, sizeof *tries);
    struct epoll_event events[512];
    target.sin_family = AF_INET;
    inet_pton(AF_INET, argv[1], &target.sin_addr);
    next = bench_number(argv[2]), last = bench_number(argv[3]);
    timeout = (double)bench_number(argv[5]) / 1e3;
    poller = epoll_create1(EPOLL_CLOEXEC);
    bench_raise_descriptors();
    for (long i = 0; i < flight; i++) {
        tries[i].fd = -1;
        try_run(&tries[i]);
    }
    while (pending) {
        double first = 1e18, now = bench_now();
        for (long i = 0; i < flight; i++)
            if (tries[i].fd >= 0 && tries[i].deadline < first)
                first = tries[i].deadline;
        int wait = first > now ? (int)((first - now) * 1e3) + 1 : 0;
        int ready = epoll_wait(poller, events, 512, wait);
        for (int i = 0; i < ready; i++) {
            struct try *try = events[i].data.ptr;
            target.sin_port = htons((in_port_t)try->port);
            int error = try_connect(try);
            if (error == EALREADY)
                continue;
            if (!error || error == EISCONN)
                try_opened(try);
            try_end(try);
        }
        now = bench_now();
        for (long i = 0; i < flight; i++)
            if (tries[i].fd >= 0 && tries[i].deadline <= now) {
                try_close(&tries[i]);
                try_end(&tries[i]);
            }
    }
    free(tries);
    return opened ? 0 : 1;
}
