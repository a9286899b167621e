/* SPDX-License-Identifier: ISC */
/* The path that bind(2) makes for a unix socket and close(2) leaves behind. */
#ifndef NET_SOCKET_PATH_H
#define NET_SOCKET_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/address.h"

/* None when zeroed. */
struct unix_path {
    bool ours; /* to be removed by us */
    char text[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
    dev_t device; /* device, inode and time of birth (nanoseconds; 0: unknown) identify it */
    ino_t inode;
    int64_t born;
};

/*
 * Keeps other listeners of ours from taking a path of the same directory, by a lock on that. Between looking
 * whether the socket there is dead and replacing it another one could otherwise take its place. Returns a
 * descriptor that holds the lock, or -1: the address is not a path, the directory cannot be locked, or
 * another process has locked it for a second.
 */
int unix_path_lock(const struct address *address);

/* Call it after bind(); notes nothing if the address is not a path. */
void unix_path_note(struct unix_path *path, const struct address *address);

/* Removes it, unless another socket has replaced it meanwhile. Best called while the socket is open: nothing
 * replaces it then. */
void unix_path_remove(struct unix_path *path);

#endif
