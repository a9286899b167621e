/* SPDX-License-Identifier: ISC */
/* Writing to a descriptor without blocking; see output.h. */
#include "call/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "base/portability.h"
#include "base/stops.h"
#include "call/call.h"

/* /dev/null; null(4) */
#define NULL_DEVICE makedev(1, 3)

struct output output_open(int fd)
{
    struct stat status;
    bool known = fstat(fd, &status) == 0;
    bool is_socket = known && S_ISSOCK(status.st_mode);
    bool may_block = known && (S_ISFIFO(status.st_mode) || is_socket);
    bool is_null = S_ISCHR(status.st_mode) && status.st_rdev == NULL_DEVICE;
    bool is_prompt = known && (S_ISREG(status.st_mode) || is_null);
    return (struct output){.fd = fd,
        .may_block = may_block,
        .is_socket = is_socket,
        .nowait = may_block,
        .is_prompt = is_prompt};
}

/* Writes what fits at once; -1 with EOPNOTSUPP if this descriptor cannot do that. */
static ssize_t write_nowait(struct output *output, const char *bytes, size_t length)
{
    struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    ssize_t written = -1;
    errno = EOPNOTSUPP;
    if (output->nowait)
        written = pwritev2(output->fd, &piece, 1, -1, RWF_NOWAIT);
    if (written < 0 && (errno == EINVAL || errno == ENOSYS))
        errno = EOPNOTSUPP;
    output->nowait = written >= 0 || errno != EOPNOTSUPP;
    return written;
}

ssize_t output_write(struct output *output, const char *bytes, size_t length)
{
    ssize_t written = write_nowait(output, bytes, length);
    if (written >= 0 || errno != EOPNOTSUPP)
        return written;
    return write(output->fd, bytes, output->may_block && length > PIPE_BUF ? PIPE_BUF : length);
}

int output_put(struct sink *sink, struct output *output, int stop_fd, const char *bytes, size_t length)
{
    struct pollfd fds[] = {{.fd = output->fd, .events = POLLOUT}, {.fd = stop_fd, .events = POLLIN}};
    bool ready = output->nowait;
    unsigned tries = 0;
    while (length) {
        output->call = "poll";
        if (!ready && call_poll(sink, EVENT_DATA_CALL, fds, array_size(fds), -1) < 0)
            return -1;
        output->call = "write";
        if (!ready && fds[1].revents)
            return stop_read(stop_fd);
        ssize_t written = ready ? write_nowait(output, bytes, length) : output_write(output, bytes, length);
        ready = false;
        if (written < 0 && errno == EPIPE)
            return SIGPIPE;
        if (written < 0 && errno != EOPNOTSUPP && !passes(&tries))
            return -1;
        if (written > 0) {
            tries = 0;
            bytes += written;
            length -= (size_t)written;
        }
    }
    return 0;
}
