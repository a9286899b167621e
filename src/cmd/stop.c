/* The user's wish to stop: the signals that end a program, as a descriptor that a loop can wait for. */
#include "cmd/stop.h"

#include <signal.h>
#include <sys/signalfd.h>

#include "cmd/command.h"
#include "net/call.h"
#include "net/output.h"

int stop_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    /* What the caller had ignored (nohup) stays ignored: an ignored signal never reaches a signalfd. */
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int stop_status(int stop_fd)
{
    return EXIT_SIGNAL + stop_read(stop_fd);
}

bool stop_wait(struct sink *sink, int stop_fd, int64_t nanoseconds)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    return call_poll(sink, EVENT_CALL, &stop, 1, nanoseconds) > 0;
}
