/* SPDX-License-Identifier: ISC */
/* The one way out for text: a stream over write(2) that loses no byte on a slow descriptor. */
#include "report/writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio_ext.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/passes.h"
#include "base/portability.h"
#include "base/stops.h"

/* The reader may never read on, so the user must be able to stop the program here. */
static void room_await(int fd)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    sigset_t before;
    if (poll(&room, 1, 0) != 0)
        return;
    stops_let_through(&before);
    poll(&room, 1, -1);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int writer_write(int fd, const char *bytes, size_t length)
{
    unsigned tries = 0;
    while (length > 0) {
        room_await(fd);
        /* poll() promises room for only PIPE_BUF bytes of a pipe; more would not be one write(2) anyway. */
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && passes(&tries))
            continue;
        if (written < 0)
            return -1;
        tries = 0;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t length)
{
    int fd = (int)(intptr_t)cookie;
    return writer_write(fd, bytes, length) == 0 ? (ssize_t)length : COOKIE_FAILED;
}

FILE *writer_open(int fd)
{
    return fopencookie((void *)(intptr_t)fd, "w", (cookie_io_functions_t){.write = stream_write});
}

FILE *writer_stream(int fd)
{
    static FILE *streams[2];
    static char buffers[2][64 * 1024];
    int which = fd == STDOUT_FILENO ? 0 : 1;
    if (!streams[which]) {
        streams[which] = writer_open(fd);
        if (!streams[which])
            streams[which] = which == 0 ? stdout : stderr;
        setvbuf(streams[which], buffers[which], _IOFBF, sizeof(buffers[which]));
    }
    return streams[which];
}

int writer_flush(FILE *stream)
{
    if (fflush(stream) == 0 && !ferror(stream))
        return 0;
    int error = errno;
    __fpurge(stream);
    clearerr(stream);
    errno = error;
    return -1;
}
