/* What the program reads: an error of it is not its end. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include <stddef.h>
#include <sys/types.h>

/* As read(2), and 0 where the descriptor is a terminal that has hung up, or belongs to others now (EIO). */
ssize_t input_read(int fd, void *bytes, size_t length);

/* Lines of a descriptor. Zeroed but for fd it has read nothing; its owner frees bytes. */
struct input_lines {
    int fd; /* borrowed */
    char *bytes;
    size_t start, end, size; /* [start, end) is read and not taken */
    size_t searched;         /* of that, bytes that hold no newline */
};

/* Takes the next line from what has been read, without its newline. Returns NULL where its end has not come
 * yet. The line has room for a terminating NUL, and lasts until the next call. */
char *input_line(struct input_lines *lines, size_t *length);

/* Takes what stands behind the last newline, at the end of the input; NULL where that is nothing. */
char *input_rest(struct input_lines *lines, size_t *length);

/* Reads once: 1 when something came, 0 at the end, -1 with errno (EAGAIN and EINTR too). */
int input_fill(struct input_lines *lines);

#endif
