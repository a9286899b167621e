/* stdout, which others may share: it is written to without blocking. */
#ifndef CALL_OUTPUT_H
#define CALL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "report/event.h"

/* A descriptor that is written to without blocking, though not O_NONBLOCK: other programs share it. */
struct output {
    int fd;
    bool may_block; /* a pipe or a socket: poll() promises PIPE_BUF bytes of room and no more; pipe(7) */
    bool nowait;    /* RWF_NOWAIT has not been refused yet (pipes know it from Linux 6.4 on) */
    bool is_prompt; /* a regular file or /dev/null: always writable, so that nobody need ask */
};

struct output output_open(int fd);

/* Writes what fits, when poll() has said that it is writable. As write(2). */
ssize_t output_write(struct output *output, const char *bytes, size_t length);

/* Writes all of it to output, waiting where it is slow. 0 done, -1 with errno, or the number of the signal
 * that stopped it: SIGPIPE when the reader is gone. */
int output_put(struct sink *sink, struct output *output, int stop_fd, const char *bytes, size_t length);

#endif
