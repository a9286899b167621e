/* SPDX-License-Identifier: ISC */
/* Input, read so that an error is not taken for its end. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include <stddef.h>
#include <sys/types.h>

/* As read(2), but returns 0 if the terminal has hung up or now belongs to other processes (EIO). */
ssize_t input_read(int fd, void *bytes, size_t length);

/* The lines of a descriptor. Zeroed except for fd, it has read nothing yet; its owner frees bytes. */
struct input_lines {
    int fd; /* borrowed */
    char *bytes;
    size_t start, end, size; /* [start, end) has been read and not taken */
    size_t searched;         /* bytes of that without a newline */
};

/* Takes the next line from what has been read, without its newline; NULL if its end has not arrived yet. The
 * line has room for a terminating NUL and lasts until the next call. */
char *input_line(struct input_lines *lines, size_t *length);

/* Takes what follows the last newline, at the end of the input; NULL if that is nothing. */
char *input_rest(struct input_lines *lines, size_t *length);

/* Reads once: 1 if something came, 0 at the end, -1 with errno (EAGAIN and EINTR too). */
int input_fill(struct input_lines *lines);

#endif
