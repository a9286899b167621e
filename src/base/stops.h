/* The signals by which the user ends a program: SIGINT, SIGTERM, SIGHUP. */
#ifndef BASE_STOPS_H
#define BASE_STOPS_H

#include <signal.h>

/* Those of them that are not ignored. What the caller had ignored (nohup) has to stay so, and a signal that
 * is blocked is queued although it is ignored. */
void stops_fill(sigset_t *set);

/* Lets them through while a call blocks that no loop can end: they then have their plain effect at once.
 * *before is the mask to set again. errno is kept. */
void stops_let_through(sigset_t *before);

/* Raises the first of them that is blocked, as it is waited for; nothing where none is. */
void stops_raise(void);

/* The number of the signal that can be read from stop_fd (a signalfd); 0 if there is none. */
int stop_read(int stop_fd);

#endif
