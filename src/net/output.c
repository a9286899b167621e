/* stdout, and the user's wish to stop: what every loop that moves data shares. */
#include "net/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/call.h"

bool output_may_block(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

int stop_read(int stop_fd)
{
    struct signalfd_siginfo information;
    if (read(stop_fd, &information, sizeof(information)) != (ssize_t)sizeof(information))
        return 0;
    return (int)information.ssi_signo;
}

int output_put(struct sink *sink, int output, int stop_fd, const char *bytes, size_t length)
{
    struct pollfd fds[] = {{.fd = output, .events = POLLOUT}, {.fd = stop_fd, .events = POLLIN}};
    size_t most = output_may_block(output) ? PIPE_BUF : length;
    while (length) {
        if (call_poll(sink, EVENT_DATA_CALL, fds, array_size(fds), -1) < 0)
            continue;
        if (fds[1].revents)
            return stop_read(stop_fd);
        ssize_t written = write(output, bytes, length < most ? length : most);
        if (written < 0 && errno == EPIPE)
            return SIGPIPE;
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return 0;
}
