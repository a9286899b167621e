/* SPDX-License-Identifier: ISC */
/*
 * peer listen|connect ADDRESS STEP...: the other end of one stream connection, which takes exactly these
 * steps.
 *
 * ADDRESS is HOST:PORT (port 0: any), a unix path, or @NAME. stderr gets "listening PORT", "connected" and
 * "did STEP" as they happen; stdout gets what is received.
 *     send:TEXT
 *     zeros:N        so many bytes, 0123456789 over and over
 *     recv:N         exactly N bytes, or what comes before the end
 *     eof            receive until the end
 *     ended          receive until the end or an error, and report it: "ended EOF", "ended ECONNRESET"
 *     acked          until the other host has acknowledged all that was sent
 *     both           send stdin, then half-close; meanwhile receive until the end
 *     shut           half-close
 *     close, reset
 *     await:FILE     until FILE exists
 *     stdin          until stdin ends
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/name.h"

#define BACKLOG 16

union any {
    struct sockaddr address;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

static socklen_t unix_address(const char *text, union any *to)
{
    size_t length = strlen(text);
    if (length >= sizeof(to->un.sun_path))
        errx(2, "the path is too long: %s", text);
    to->un.sun_family = AF_UNIX;
    memcpy(to->un.sun_path, text, length);
    if (text[0] != '@')
        return sizeof(to->un);
    to->un.sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Returns the length of the address. */
static socklen_t address_of(char *text, union any *to)
{
    char *colon = strrchr(text, ':');
    if (!colon || text[0] == '/' || text[0] == '@')
        return unix_address(text, to);
    *colon = '\0';
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(text, colon + 1, &hints, &found) != 0)
        errx(2, "not an address and a port: %s:%s", text, colon + 1);
    socklen_t length = found->ai_addrlen;
    memcpy(to, found->ai_addr, length);
    freeaddrinfo(found);
    *colon = ':';
    return length;
}

static int connected(const union any *to, socklen_t length)
{
    int fd = socket(to->address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, &to->address, length) < 0)
        err(1, "connect");
    return fd;
}

/* text: the address as the command line has it. */
static int accepted(union any *at, socklen_t length, const char *text)
{
    int listener = socket(at->address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, &at->address, length) < 0 || listen(listener, BACKLOG) < 0 ||
        getsockname(listener, &at->address, &length) < 0)
        err(1, "listen");
    /* The port stands at the same place in both families. */
    if (at->address.sa_family == AF_UNIX)
        fprintf(stderr, "listening %s\n", text);
    else
        fprintf(stderr, "listening %d\n", ntohs(at->in.sin_port));
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        err(1, "accept");
    close(listener);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0)
            err(1, "send");
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void send_zeros(int fd, size_t length)
{
    static const char digits[] = "0123456789";
    char *bytes = malloc(length + 1);
    if (!bytes)
        err(1, "zeros");
    for (size_t i = 0; i < length; i++)
        bytes[i] = digits[i % 10];
    send_all(fd, bytes, length);
    free(bytes);
}

/* Copies to stdout until the end, or up to most bytes; returns -1 with errno at an error. */
static int receive(int fd, size_t most)
{
    char bytes[65536];
    ssize_t length = 1;
    while (most > 0 && length > 0) {
        length = recv(fd, bytes, most < sizeof(bytes) ? most : sizeof(bytes), 0);
        if (length < 0)
            return -1;
        most -= (size_t)length;
        if (fwrite(bytes, 1, (size_t)length, stdout) != (size_t)length || fflush(stdout) != 0)
            err(1, "stdout");
    }
    return 0;
}

static void receive_surely(int fd, size_t most)
{
    if (receive(fd, most) < 0)
        err(1, "recv");
}

static void report_end(int fd)
{
    fprintf(stderr, "ended %s\n", receive(fd, SIZE_MAX) < 0 ? errno_name(errno) : "EOF");
}

/* The kernel reports acknowledgements only when asked. */
static void await_acknowledged(int fd)
{
    int left;
    while (ioctl(fd, TIOCOUTQ, &left) == 0 && left > 0)
        usleep(2000);
}

static void half_close(int fd)
{
    if (shutdown(fd, SHUT_WR) < 0)
        err(1, "shutdown");
}

static void *send_stdin(void *connection)
{
    int fd = *(const int *)connection;
    char bytes[65536];
    ssize_t length;
    while ((length = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
        send_all(fd, bytes, (size_t)length);
    half_close(fd);
    return NULL;
}

static void both_ways(int fd)
{
    pthread_t sender;
    if (pthread_create(&sender, NULL, send_stdin, &fd) != 0)
        errx(1, "no thread");
    receive_surely(fd, SIZE_MAX);
    pthread_join(sender, NULL);
}

static void reset(int fd)
{
    struct linger linger = {.l_onoff = 1};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
        err(1, "SO_LINGER");
    close(fd);
}

/* A file that touch(1) makes is simpler for a test than anything that could be waited for. */
static void await_file(const char *path)
{
    while (access(path, F_OK) < 0)
        usleep(5000);
}

static void await_stdin(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}

static size_t number(const char *text)
{
    return (size_t)strtoull(text, NULL, 10);
}

static void step_take(int fd, const char *step)
{
    size_t length = strcspn(step, ":");
    const char *argument = step[length] ? step + length + 1 : step + length;
#define IS(word) (length == strlen(word) && strncmp(step, word, length) == 0)
    if (IS("send"))
        send_all(fd, argument, strlen(argument));
    else if (IS("zeros"))
        send_zeros(fd, number(argument));
    else if (IS("recv"))
        receive_surely(fd, number(argument));
    else if (IS("eof"))
        receive_surely(fd, SIZE_MAX);
    else if (IS("ended"))
        report_end(fd);
    else if (IS("acked"))
        await_acknowledged(fd);
    else if (IS("both"))
        both_ways(fd);
    else if (IS("shut"))
        half_close(fd);
    else if (IS("close"))
        close(fd);
    else if (IS("reset"))
        reset(fd);
    else if (IS("await"))
        await_file(argument);
    else if (IS("stdin"))
        await_stdin();
    else
        errx(2, "unknown step %s", step);
    fprintf(stderr, "did %s\n", step);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: peer listen|connect ADDRESS STEP...");
    union any any = {0};
    socklen_t length = address_of(argv[2], &any);
    int fd = strcmp(argv[1], "listen") == 0 ? accepted(&any, length, argv[2]) : connected(&any, length);
    fprintf(stderr, "connected\n");
    for (int i = 3; i < argc; i++)
        step_take(fd, argv[i]);
    return 0;
}
