/* SPDX-License-Identifier: ISC */
/*
 * Which process held which socket while it lived: for what the kernel reports when a socket is gone already.
 * Only a look knows holders, so a socket that lives between two looks is never seen.
 */
#ifndef KERNEL_SOCKDIAG_SEEN_H
#define KERNEL_SOCKDIAG_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/address.h"

struct seen_socket {
    uint64_t cookie;
    uint32_t inode, uid;
    size_t holders;   /* how many descriptors; 0: none was visible */
    pid_t pid;        /* of the first holder */
    char program[64]; /* foreign bytes */
    int state;        /* at the last look */
    int marks;        /* tcpinfo_marks() before any FIN of ours, with all acknowledged; -1: not known */
    struct address local, peer;
    bool missed; /* the last look did not find it */
};

/* Empty when zeroed. */
struct seen {
    struct seen_socket *items; /* sorted by cookie */
    size_t count;
};

/* Looks at all TCP and UDP sockets of this network namespace. A holder that was seen once is remembered as
 * long as the socket is listed, and for one look more. 0, or -1 with errno. */
int seen_look(struct seen *seen);

/* NULL if it was never seen. Valid until the next look. */
const struct seen_socket *seen_find(const struct seen *seen, uint64_t cookie);

void seen_free(struct seen *seen);

#endif
