/*
 * Who holds which socket: every descriptor of every visible process, read in one pass over /proc and then
 * asked as often as there are sockets.
 */
#ifndef KERNEL_HOLDERS_H
#define KERNEL_HOLDERS_H

#include <stddef.h>

#include "kernel/procfs.h"

struct holders {
    struct procfs_holder *items; /* by inode, pid and descriptor */
    size_t count;
    bool complete;  /* every process could be looked into, so these are all (in this PID namespace) */
    bool refreshed; /* was read a second time, see holders_find() */
    pid_t except;   /* the process that is left out; 0: none */
};

/* Reads them, without those of the process except, if not 0. 0, or -1 with errno; what it owns is given back
 * with holders_free() in either case. */
int holders_read(struct holders *holders, pid_t except);
void holders_free(struct holders *holders);

/*
 * The holders of one socket and how many: NULL and 0 where none is visible. A socket that came after the
 * reading is looked for in a second one, the first time that one is missed. Lent until the next call.
 */
const struct procfs_holder *holders_find(struct holders *holders, uint64_t inode, size_t *count);

/* Why a socket that some process holds has none to be seen. */
const char *holders_note(const struct holders *holders);

#define cleanup_holders __attribute__((cleanup(holders_free)))

#endif
