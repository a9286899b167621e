/* SPDX-License-Identifier: ISC */
/* The user's request to stop: the signals that end a program, as a descriptor for loops to wait on. */
#ifndef CMD_STOP_H
#define CMD_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/watch/context.h"
#include "report/event.h"
#include "why/failure.h"

/* Returns a signalfd of SIGINT, SIGTERM and SIGHUP, which are blocked from now on; SIGPIPE is ignored,
 * because a transfer notices a lost reader itself. -1 with errno. The caller owns it. */
int stop_open(void);

/* The exit status after a stop. */
int stop_status(const struct context *context);

/* Waits for nanoseconds (negative: for ever), serving context->watch. EXIT_DONE when the time is over; before
 * that the exit status of a stop by the user (context->stop_fd), or of a wait that failed, which has been
 * reported. */
int stop_wait(const struct context *context, int64_t nanoseconds);

/* stop_status() of a wait for a client: a person at a terminal also gets its verdict. */
int waiting_finish(const struct context *context, const struct failure *failure);

#endif
