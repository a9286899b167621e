/* SPDX-License-Identifier: ISC */
/* Threads that call into libc's resolver. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread that receives no signal: the handlers and descriptors of signals are the program's own. Its
 * stack does not depend on `ulimit -s`. False if it cannot be started. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *data);

#endif
