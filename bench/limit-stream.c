/* SPDX-License-Identifier: ISC */
/* Bytes of one connection: each function moves them in the fastest way found for its two ends. */
#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_SIZE = 512 << 10, PIECE = 1 << 20, BUFFER = 256 << 10 };

static size_t tunable(const char *name, size_t fallback)
{
    const char *text = getenv(name);
    return text ? (size_t)bench_number(text) : fallback;
}

/* Half-close, and wait for the peer to have read all of it. */
static int finish_sending(int fd)
{
    char byte;
    if (shutdown(fd, SHUT_WR) || recv(fd, &byte, 1, 0) != 0)
        bench_die("end");
    return 0;
}

int limit_send_file(char **argv)
{
    int fd = bench_connect(argv[1]);
    size_t piece = tunable("LIMIT_PIECE", PIECE);
    ssize_t moved;
    while ((moved = sendfile(fd, STDIN_FILENO, NULL, piece)) > 0)
        ;
    if (moved < 0)
        bench_die("sendfile");
    return finish_sending(fd);
}

/* Everything from one descriptor to another, one of which is a pipe. */
static void splice_all(int from, int to)
{
    size_t piece = tunable("LIMIT_PIECE", PIECE);
    ssize_t moved;
    while ((moved = splice(from, NULL, to, NULL, piece, 0)) > 0)
        ;
    if (moved < 0)
        bench_die("splice");
}

int limit_send_pipe(char **argv)
{
    int fd = bench_connect(argv[1]);
    fcntl(STDIN_FILENO, F_SETPIPE_SZ, (int)tunable("LIMIT_PIPE", PIPE_SIZE));
    splice_all(STDIN_FILENO, fd);
    return finish_sending(fd);
}

int limit_receive_pipe(char **argv)
{
    int fd = bench_accept_one(argv[1]);
    fcntl(STDOUT_FILENO, F_SETPIPE_SZ, (int)tunable("LIMIT_PIPE", PIPE_SIZE));
    splice_all(fd, STDOUT_FILENO);
    return 0;
}

int limit_receive_file(char **argv)
{
    int fd = bench_accept_one(argv[1]), ends[2];
    size_t piece = tunable("LIMIT_PIECE", PIECE);
    if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, (int)tunable("LIMIT_PIPE", PIPE_SIZE)) < 0)
        bench_die("pipe");
    ssize_t got, put;
    while ((got = splice(fd, NULL, ends[1], NULL, piece, 0)) > 0)
        for (; got > 0; got -= put)
            if ((put = splice(ends[0], NULL, STDOUT_FILENO, NULL, (size_t)got, 0)) <= 0)
                bench_die("splice to file");
    if (got < 0)
        bench_die("splice");
    return 0;
}

int limit_receive_null(char **argv)
{
    int fd = bench_accept_one(argv[1]);
    size_t piece = tunable("LIMIT_PIECE", BUFFER);
    char *buffer = malloc(piece);
    ssize_t got;
    while ((got = recv(fd, buffer, piece, 0)) > 0)
        if (write(STDOUT_FILENO, buffer, (size_t)got) != got)
            bench_die("write");
    free(buffer);
    return 0;
}

/* stdin to the socket and the socket to stdout, small pieces: for round trips. */
int limit_relay(char **argv)
{
    char buffer[16 << 10];
    int fd = strcmp(argv[1], "listen") ? bench_connect(argv[2]) : bench_accept_one(argv[2]);
    struct pollfd wait[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    const int to[] = {STDOUT_FILENO, fd};
    while (wait[0].fd >= 0) {
        if (poll(wait, 2, -1) < 0)
            bench_die("poll");
        for (int i = 0; i < 2; i++) {
            if (!wait[i].revents)
                continue;
            ssize_t got = read(wait[i].fd, buffer, sizeof buffer);
            if (got > 0 && write(to[i], buffer, (size_t)got) != got)
                bench_die("write");
            if (got <= 0) {
                wait[i].fd = -1;
                if (i == 1)
                    shutdown(fd, SHUT_WR);
            }
        }
    }
    return 0;
}
