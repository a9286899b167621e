/* SPDX-License-Identifier: ISC */
/*
 * The other end of each measurement: sources and sinks that cost as little as they can, round trips, crowds
 * of connections, and a small parent that starts programs (ru_maxrss of a child is never below its parent's
 * size).
 */
#include "common.h"
#include "drive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 1 << 20, WRITE = 128 << 10 };

extern char **environ;

/* Connection after connection: take all and throw it away without copying it. */
static int drive_sink(char **argv)
{
    int listener = bench_listen_on(argv[2] ? argv[2] : "127.0.0.1", argv[1], 16), fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        ssize_t got;
        while ((got = recv(fd, NULL, 64 << 20, MSG_TRUNC)) > 0)
            ;
        close(fd);
    }
    bench_die("accept");
}

/* Until something listens there. */
static int drive_wait(char **argv)
{
    while (bench_try(argv[1], argv[2]) < 0)
        usleep(10000);
    return 0;
}

static int drive_source(char **argv)
{
    long left = bench_number(argv[2]);
    int fd = bench_connect(argv[1]), data = memfd_create("data", MFD_CLOEXEC);
    if (data < 0 || ftruncate(data, PIECE))
        bench_die("memfd");
    memset(mmap(NULL, PIECE, PROT_WRITE, MAP_SHARED, data, 0), 'x', PIECE);
    while (left > 0) {
        off_t from = 0;
        ssize_t put = sendfile(fd, data, &from, left < PIECE ? (size_t)left : PIECE);
        if (put < 0)
            bench_die("sendfile");
        left -= put;
    }
    char byte;
    shutdown(fd, SHUT_WR);
    return recv(fd, &byte, 1, 0) != 0;
}

/* To a pipe, as an ordinary program writes. */
static int drive_write(char **argv)
{
    static char buffer[WRITE];
    memset(buffer, 'x', sizeof buffer);
    for (long left = bench_number(argv[1]); left > 0;) {
        ssize_t put = write(STDOUT_FILENO, buffer, left < WRITE ? (size_t)left : WRITE);
        if (put < 0)
            bench_die("write");
        left -= put;
    }
    return 0;
}

/* From a pipe, as an ordinary program reads. */
static int drive_read(char **argv)
{
    static char buffer[WRITE];
    ssize_t got;
    (void)argv;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        ;
    return got < 0;
}

static int drive_echo(char **argv)
{
    int fd = strcmp(argv[1], "listen") ? bench_connect(argv[2]) : bench_accept_one(argv[2]);
    char buffer[64];
    ssize_t got;
    while ((got = recv(fd, buffer, sizeof buffer, 0)) > 0)
        if (send(fd, buffer, (size_t)got, 0) != got)
            bench_die("send");
    return got < 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One byte out through TO and back through FROM, COUNT times: the median in microseconds. */
static double ping(int to, int from, long count)
{
    double *times = calloc((size_t)count, sizeof *times);
    char byte = 'x';
    for (long i = 0; i < count; i++) {
        double start = bench_now();
        if (write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
            bench_die("ping");
        times[i] = bench_now() - start;
    }
    qsort(times, (size_t)count, sizeof *times, by_value);
    double median = times[count / 2] * 1e6;
    free(times);
    return median;
}

static int drive_ping(char **argv)
{
    ping(STDOUT_FILENO, STDIN_FILENO, 100);
    fprintf(stderr, "%.2f\n", ping(STDOUT_FILENO, STDIN_FILENO, bench_number(argv[1])));
    return 0;
}

/*
 * COUNT connections that each say a byte. stdin is the server's stdout: at most FLIGHT bytes are on their
 * way, since the queue of some servers is short. Returns the last descriptor, or -1 where each is closed at
 * once.
 */
static int crowd(const char *port, long count, long flight, bool keep)
{
    char buffer[4096];
    int fd = -1;
    bench_raise_descriptors();
    for (long heard = 0, opened = 0; heard < count;) {
        if (opened < count && opened - heard < flight) {
            fd = bench_connect(port);
            if (send(fd, "x", 1, 0) != 1)
                bench_die("send");
            if (!keep)
                close(fd);
            opened++;
            if (opened % 64 && opened < count && opened - heard < flight)
                continue;
        }
        struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&wait, 1, opened < count && opened - heard < flight ? 0 : -1) > 0) {
            ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
            if (got <= 0)
                bench_die("server");
            heard += got;
        }
    }
    return fd;
}

/* Connections that come and go. */
static int drive_knock(char **argv)
{
    crowd(argv[1], bench_number(argv[2]), bench_number(argv[3]), false);
    return 0;
}

/* Connections that stay; then a byte PINGS times through the last. Holds on until it is killed. */
static int drive_hold(char **argv)
{
    int fd = crowd(argv[1], bench_number(argv[2]), bench_number(argv[3]), true);
    ping(fd, STDIN_FILENO, 100);
    printf("%.2f\n", ping(fd, STDIN_FILENO, bench_number(argv[4])));
    fflush(stdout);
    pause();
    return 0;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Start a program COUNT times: medians of wall time and CPU in milliseconds, and the largest size in KiB. */
static int drive_start(char **argv)
{
    long count = bench_number(argv[1]), size = 0;
    double *wall = calloc((size_t)count, sizeof *wall), *cpu = calloc((size_t)count, sizeof *cpu);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    for (long i = 0; i < count; i++) {
        struct rusage usage;
        pid_t pid;
        double start = bench_now();
        if ((errno = posix_spawnp(&pid, argv[2], &quiet, NULL, argv + 2, environ)))
            bench_die(argv[2]);
        if (wait4(pid, NULL, 0, &usage) != pid)
            bench_die("wait4");
        wall[i] = (bench_now() - start) * 1e3;
        cpu[i] = (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1e3;
        size = usage.ru_maxrss > size ? usage.ru_maxrss : size;
    }
    qsort(wall, (size_t)count, sizeof *wall, by_value);
    qsort(cpu, (size_t)count, sizeof *cpu, by_value);
    printf("%.4f %.4f %ld\n", wall[count / 2], cpu[count / 2], size);
    free(wall);
    free(cpu);
    return 0;
}

static const struct job {
    const char *name, *arguments;
    int min;
    int (*run)(char **argv);
} jobs[] = {
    {"sink", "PORT [ADDRESS]", 1, drive_sink},
    {"wait", "ADDRESS PORT", 2, drive_wait},
    {"source", "PORT BYTES", 2, drive_source},
    {"write", "BYTES >PIPE", 1, drive_write},
    {"read", "<PIPE", 0, drive_read},
    {"echo", "connect|listen PORT", 2, drive_echo},
    {"ping", "COUNT", 1, drive_ping},
    {"knock", "PORT COUNT FLIGHT <SERVER", 3, drive_knock},
    {"hold", "PORT COUNT FLIGHT PINGS <SERVER", 4, drive_hold},
    {"delay", "INTERFACE INTERFACE MILLISECONDS", 3, drive_delay},
    {"start", "COUNT PROGRAM [ARGUMENT...]", 2, drive_start},
};

int main(int argc, char **argv)
{
    size_t count = sizeof jobs / sizeof *jobs;
    for (size_t i = 0; argc > 1 && i < count; i++)
        if (!strcmp(argv[1], jobs[i].name) && argc - 2 >= jobs[i].min)
            return jobs[i].run(argv + 1);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "usage: drive %s %s\n", jobs[i].name, jobs[i].arguments);
    return 2;
}
