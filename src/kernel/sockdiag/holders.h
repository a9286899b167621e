/* SPDX-License-Identifier: ISC */
/*
 * Who holds which socket: every descriptor of every visible process, read in one pass over /proc and then
 * looked up once per socket.
 */
#ifndef KERNEL_SOCKDIAG_HOLDERS_H
#define KERNEL_SOCKDIAG_HOLDERS_H

#include <stddef.h>

#include "kernel/procfs.h"

struct holders {
    struct procfs_holder *items; /* by inode, pid and descriptor */
    size_t count;
    bool complete;  /* every process could be inspected, so these are all holders (in this PID namespace) */
    bool refreshed; /* has been read a second time, see holders_find() */
    pid_t except;   /* the process to leave out; 0: none */
};

/* Reads them, leaving out the process except, if not 0. Without /proc there are none. 0, or -1 with errno; in
 * both cases release it with holders_free(). */
int holders_read(struct holders *holders, pid_t except);
void holders_free(struct holders *holders);

/*
 * The holders of one socket, and their count; NULL and 0 if none is visible. The first socket that is missing
 * causes a second reading, as it may be newer than the first one. Valid until the next call.
 */
const struct procfs_holder *holders_find(struct holders *holders, uint64_t inode, size_t *count);

/* Why no holder is visible of a socket that a process holds. */
const char *holders_note(const struct holders *holders);

#define cleanup_holders __attribute__((cleanup(holders_free)))

#endif
