/*
 * Many lookups at once: names are read from a descriptor, one a line, and looked up by threads; the answers come in the
 * order of the names, each as soon as it and all before it are known.
 */
#ifndef NET_LOOKUPS_H
#define NET_LOOKUPS_H

#include <stddef.h>
#include <sys/queue.h>

#include "net/lookup.h"

/* One line of the input and its lookup. */
struct lookups_entry {
    STAILQ_ENTRY(lookups_entry) next;
    struct lookup lookup; /* lookup.host is name */
    size_t length;        /* of name, which may hold NULs: it is then no name, and not looked up */
    bool known;           /* private to lookups.c */
    char name[];
};

struct lookups;

/* Reads fd with up to parallel threads. service may be NULL, hints too; they must live as long. NULL with errno when not
 * even one thread could be started. Nothing is reported: the caller does, with lookup_report(). */
struct lookups *lookups_start(int fd, const char *service, const struct addrinfo *hints, int parallel);

/* Whether lookups_next() would not wait. */
bool lookups_ready(struct lookups *lookups);

/* Waits for the next answer; NULL after the last. The caller gives it back to lookups_entry_free(). */
struct lookups_entry *lookups_next(struct lookups *lookups);
void lookups_entry_free(struct lookups_entry *entry);

/* Only after lookups_next() returned NULL. Returns the errno of the read that failed, or 0. */
int lookups_end(struct lookups *lookups);

#endif
