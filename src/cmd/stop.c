/* SPDX-License-Identifier: ISC */
/* The user's request to stop: the signals that end a program, as a descriptor for loops to wait on. */
#include "cmd/stop.h"

#include <sys/signalfd.h>

#include "base/number.h"
#include "base/stops.h"
#include "cmd/command.h"
#include "cmd/outcome.h"

int stop_open(void)
{
    sigset_t set;
    stops_fill(&set);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int stop_status(const struct context *context)
{
    return EXIT_SIGNAL + stop_read(context->stop_fd);
}

int waiting_finish(const struct context *context, const struct failure *failure)
{
    if (context->sink->notes && !context->sink->json)
        failure_emit(context->sink, failure->conn, failure);
    return stop_status(context);
}

int stop_wait(const struct context *context, int64_t nanoseconds)
{
    struct pollfd stop = {.fd = context->stop_fd, .events = POLLIN};
    int64_t until = nanoseconds < 0 ? INT64_MAX : watch_now(context->watch) + nanoseconds;
    do {
        int result = watch_poll(context, EVENT_CALL, &stop, 1, until);
        if (result != 0)
            return result > 0 ? stop_status(context) : call_finish(context->sink, "poll");
    } while (!watch_over(context->watch, until));
    return EXIT_DONE;
}
