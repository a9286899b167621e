/* SPDX-License-Identifier: ISC */
/* The signals by which the user ends a program: SIGINT, SIGTERM, SIGHUP. */
#ifndef BASE_STOPS_H
#define BASE_STOPS_H

#include <signal.h>

/* Fills set with those that are not ignored: what the caller ignores (nohup) must stay ignored, and a blocked
 * signal is queued even if it is ignored. */
void stops_fill(sigset_t *set);

/* Unblocks them during a blocking call that no loop can end, so that they take effect at once. *before is the
 * mask to restore. errno is kept. */
void stops_let_through(sigset_t *before);

/* Raises the first of them that is blocked, as if the user had sent it; does nothing if none is. */
void stops_raise(void);

/* The number of the signal for which stop_fd (a signalfd) is readable. Never 0: if it cannot be read, a
 * pending signal counts, or SIGTERM. */
int stop_read(int stop_fd);

#endif
