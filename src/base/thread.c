/* SPDX-License-Identifier: ISC */
/* Starts threads; see thread.h. */
#include "base/thread.h"

#include <signal.h>

/* Modules of nsswitch.conf(5) are made for the usual 8 MiB; they need a small part of it. */
#define STACK_SIZE (1024 * 1024)

bool thread_start(pthread_t *thread, void *(*run)(void *), void *data)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(thread, &attributes, run, data) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}
