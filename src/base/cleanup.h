/* SPDX-License-Identifier: ISC */
/* Cleanup attributes: a variable releases what it owns when it goes out of scope. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Closing in a cleanup keeps errno, so that a failing function can simply return -1. */
static inline void cleanup_fd_close(const int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

static inline void cleanup_pointer_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void cleanup_file_close(FILE **file)
{
    if (*file) {
        int saved = errno;
        fclose(*file);
        errno = saved;
    }
}

#define cleanup_fd   __attribute__((cleanup(cleanup_fd_close)))
#define cleanup_free __attribute__((cleanup(cleanup_pointer_free)))
#define cleanup_file __attribute__((cleanup(cleanup_file_close)))

/* Hands the descriptor over: the variable no longer owns it. */
static inline int fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

#define array_size(a) (sizeof(a) / sizeof((a)[0]))

#endif
