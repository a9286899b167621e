/* The path that bind(2) makes for a unix socket and close(2) leaves behind. */
#ifndef NET_SOCKET_PATH_H
#define NET_SOCKET_PATH_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/address.h"

/* Zeroed: none. */
struct unix_path {
    bool ours; /* to be removed */
    char text[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
    dev_t device; /* and its inode, to know it by */
    ino_t inode;
};

/* To be called when bind() has made it; none where the address is no path. */
void unix_path_note(struct unix_path *path, const struct address *address);

/* Removes it, unless another socket has taken its place meanwhile. */
void unix_path_remove(struct unix_path *path);

#endif
