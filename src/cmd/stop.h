/* The user's request to stop: the signals that end a program, as a descriptor for loops to wait on. */
#ifndef CMD_STOP_H
#define CMD_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/socket/spec.h"
#include "report/event.h"

/* Returns a signalfd of SIGINT, SIGTERM and SIGHUP, which are blocked from now on; SIGPIPE is ignored,
 * because a transfer notices a lost reader itself. -1 with errno. The caller owns it. */
int stop_open(void);

/* The exit status after a stop. */
int stop_status(int stop_fd);

/* Waits for nanoseconds (negative: for ever), serving spec->watch. EXIT_DONE when the time is over; before
 * that the exit status of a stop by the user (spec->stop_fd), or of a wait that failed, which has been
 * reported. */
int stop_wait(struct sink *sink, const struct spec *spec, int64_t nanoseconds);

#endif
