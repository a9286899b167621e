/* SPDX-License-Identifier: ISC */
/* The one way out for text: a stream over write(2) that loses no byte on a slow descriptor. */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes all of it to fd and waits as long as that takes: fd may be non-blocking because others share it (as
 * ssh and event loops leave it). During the wait the signals that stop the program take effect at once. 0, or
 * -1 with errno if a byte was lost.
 */
int writer_write(int fd, const char *bytes, size_t length);

/* A stream over it, which the caller flushes and closes; the descriptor stays open. NULL with errno. */
FILE *writer_open(int fd);

/*
 * The stream of descriptor 1 or 2, fully buffered. The caller flushes it line by line, so that each line is
 * one write(2) and stays whole if several programs write to the same place. Always the same stream; it stays
 * open until the program ends.
 */
FILE *writer_stream(int fd);

/* As fflush(3), but what could not be written is dropped. */
int writer_flush(FILE *stream);

#endif
