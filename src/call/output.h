/* SPDX-License-Identifier: ISC */
/* Writing to stdout without blocking, though others may share it. */
#ifndef CALL_OUTPUT_H
#define CALL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "report/event.h"

/* A descriptor that is written to without blocking, though not O_NONBLOCK: other programs share it. */
struct output {
    int fd;
    const char *call; /* what failed last: "write" or "poll" */
    bool may_block;   /* a pipe or a socket: poll() promises room for PIPE_BUF bytes and no more; pipe(7) */
    bool is_socket;
    bool nowait;    /* RWF_NOWAIT has not been refused yet (pipes support it since Linux 6.4) */
    bool is_prompt; /* a regular file or /dev/null: always writable, so poll() is not needed */
};

struct output output_open(int fd);

/* Writes what fits, after poll() has reported the descriptor writable. As write(2). */
ssize_t output_write(struct output *output, const char *bytes, size_t length);

/* Writes all of it to output, waiting if that is slow. 0, -1 with errno, or the number of the signal that
 * stopped it: SIGPIPE if the reader has gone. */
int output_put(struct sink *sink, struct output *output, int stop_fd, const char *bytes, size_t length);

#endif
