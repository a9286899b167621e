/*
 * Many lookups at once: names are read from a descriptor, one a line, and looked up by threads; the answers
 * come in the order of the names, each as soon as it and all before it are known.
 */
#ifndef NET_SOCKET_LOOKUPS_H
#define NET_SOCKET_LOOKUPS_H

#include "call/lookup.h"

struct lookups {
    int fd;
    const char *service;          /* NULL: none */
    const struct addrinfo *hints; /* NULL: none */
    int parallel;                 /* threads, the caller's own among them */
    /* Told of each answer, by any of the threads but never by two at a time, and without a lock. more: the
     * next is there already. When it returns false nobody wants the rest. */
    bool (*tell)(void *data, const struct lookup *lookup, bool more);
    /* NULL, or called after a lookup, never while an answer is told: how many names are known, told or not
     * yet. */
    void (*progress)(void *data, int64_t known, int64_t failed);
    void *data;
};

/* Returns when all is read and told. -1 with errno when the input could not be read to its end. A line with a
 * NUL in it is no name, nor is one of 64 KiB or more: they are told as refused. Empty lines are left out. */
int lookups_run(const struct lookups *lookups);

#endif
