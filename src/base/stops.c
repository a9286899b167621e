/* SPDX-License-Identifier: ISC */
/* The signals by which the user ends a program. */
#include "base/stops.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};

void stops_fill(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < array_size(stops); i++) {
        struct sigaction action;
        if (sigaction(stops[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(set, stops[i]);
    }
}

void stops_let_through(sigset_t *before)
{
    sigset_t set;
    stops_fill(&set);
    sigprocmask(SIG_UNBLOCK, &set, before);
}

void stops_raise(void)
{
    sigset_t blocked;
    if (sigprocmask(SIG_BLOCK, NULL, &blocked) < 0)
        return;
    for (size_t i = 0; i < array_size(stops); i++)
        if (sigismember(&blocked, stops[i]) == 1) {
            raise(stops[i]);
            return;
        }
}

int stop_read(int stop_fd)
{
    struct signalfd_siginfo information;
    if (read(stop_fd, &information, sizeof(information)) == (ssize_t)sizeof(information))
        return (int)information.ssi_signo;
    sigset_t pending;
    for (size_t i = 0; sigpending(&pending) == 0 && i < array_size(stops); i++)
        if (sigismember(&pending, stops[i]) == 1)
            return stops[i];
    return SIGTERM;
}
