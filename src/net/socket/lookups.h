/* SPDX-License-Identifier: ISC */
/*
 * Many lookups at once: names are read from a descriptor, one a line, and looked up by threads. The answers
 * come in the order of the names, each as soon as it and all before it are known.
 */
#ifndef NET_SOCKET_LOOKUPS_H
#define NET_SOCKET_LOOKUPS_H

#include "call/lookup.h"

struct lookups {
    int fd;
    const char *service;          /* NULL: none */
    const struct addrinfo *hints; /* NULL: none */
    int parallel;                 /* number of threads, including the caller's */
    /* Called for each answer, by any thread but never by two at a time, and without a lock. more: the next
     * answer is already known. Returns false if no more answers are wanted. */
    bool (*take)(void *data, const struct lookup *lookup, bool more);
    /* NULL, or called after a lookup, never during take(): how many names are known, reported or not. */
    void (*progress)(void *data, int64_t known, int64_t failed);
    void *data;
};

/* Returns when everything is read and reported. -1 with errno and the call that failed if the input
 * could not be read to its end. A line with a NUL, or of 64 KiB or more, is not a name and is reported as
 * refused. Empty lines are skipped. */
int lookups_run(const struct lookups *lookups, const char **call);

#endif
