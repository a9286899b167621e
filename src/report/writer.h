/* The one way out for text: a stream over write(2) that loses no byte on a slow descriptor. */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes all of it to fd, waiting for as long as it takes: a descriptor may be non-blocking because others
 * share it (what ssh and event loops leave behind). While it waits the signals that stop the program have
 * their plain effect. 0, or -1 with errno when a byte was lost.
 */
int writer_write(int fd, const char *bytes, size_t length);

/*
 * The stream of descriptor 1 or 2, fully buffered: the caller flushes it line by line, so that each line is
 * one write(2) and stays whole where several programs write to the same place. It is always the same one, and
 * stays open until the program ends.
 */
FILE *writer_stream(int fd);

/* fflush(3), after which nothing of what could not be written is left to be written later. */
int writer_flush(FILE *stream);

#endif
