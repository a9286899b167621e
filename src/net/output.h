/* stdout, and the user's wish to stop: what every loop that moves data shares. */
#ifndef NET_OUTPUT_H
#define NET_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stops.h"
#include "report/event.h"

/* Whether a write to a descriptor that poll() calls writable may block all the same: a pipe or a socket, of which poll
 * promises PIPE_BUF bytes of room and no more; pipe(7). */
bool output_may_block(int fd);

/* The number of the signal that stop_fd (a signalfd) tells of; 0 when it tells of none. */
int stop_read(int stop_fd);

/* Writes all of it to output, waiting where it is slow. 0 done, -1 with errno, or the number of the signal that stopped it:
 * SIGPIPE when the reader is gone. */
int output_put(struct sink *sink, int output, int stop_fd, const char *bytes, size_t length);

#endif
