/* SPDX-License-Identifier: ISC */
/* Input; see input.h. */
#include "base/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one read() takes at most. */
#define CHUNK 4096

/* A terminal that has hung up no longer answers isatty(3). */
static int is_terminal(int fd)
{
    return isatty(fd) || errno == EIO;
}

ssize_t input_read(int fd, void *bytes, size_t length)
{
    ssize_t got = read(fd, bytes, length);
    if (got >= 0 || errno != EIO)
        return got;
    if (is_terminal(fd))
        return 0;
    errno = EIO;
    return -1;
}

char *input_line(struct input_lines *lines, size_t *length)
{
    char *newline = NULL;
    size_t held = lines->end - lines->start;
    if (held == 0)
        return NULL;
    char *line = lines->bytes + lines->start;
    if (lines->searched < held)
        newline = memchr(line + lines->searched, '\n', held - lines->searched);
    if (!newline) {
        lines->searched = held;
        return NULL;
    }
    *newline = '\0';
    *length = (size_t)(newline - line);
    lines->start += *length + 1;
    lines->searched = 0;
    return line;
}

char *input_rest(struct input_lines *lines, size_t *length)
{
    *length = lines->end - lines->start;
    if (*length == 0)
        return NULL;
    char *line = lines->bytes + lines->start;
    lines->start = lines->end;
    line[*length] = '\0';
    return line;
}

int input_fill(struct input_lines *lines)
{
    if (lines->start) {
        memmove(lines->bytes, lines->bytes + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->size < lines->end + CHUNK + 1) {
        size_t size = 2 * lines->end + CHUNK + 1;
        char *bytes = realloc(lines->bytes, size);
        if (!bytes)
            return -1;
        lines->bytes = bytes;
        lines->size = size;
    }
    ssize_t got = input_read(lines->fd, lines->bytes + lines->end, CHUNK);
    if (got > 0)
        lines->end += (size_t)got;
    return got > 0 ? 1 : (int)got;
}
