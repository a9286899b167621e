/* The signals by which the user ends a program. */
#include "base/stops.h"

#include <stddef.h>

#include "base/cleanup.h"

void stops_fill(sigset_t *set)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(set);
    for (size_t i = 0; i < array_size(stops); i++) {
        struct sigaction action;
        if (sigaction(stops[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(set, stops[i]);
    }
}

void stops_let_through(sigset_t *before)
{
    sigset_t stops;
    stops_fill(&stops);
    sigprocmask(SIG_UNBLOCK, &stops, before);
}
