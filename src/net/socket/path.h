/* The path that bind(2) makes for a unix socket and close(2) leaves behind. */
#ifndef NET_SOCKET_PATH_H
#define NET_SOCKET_PATH_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/address.h"

/* None when zeroed. */
struct unix_path {
    bool ours; /* to be removed by us */
    char text[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
    dev_t device; /* and inode, to recognize it */
    ino_t inode;
};

/* Call it after bind(); notes nothing if the address is not a path. */
void unix_path_note(struct unix_path *path, const struct address *address);

/* Removes it, unless another socket has replaced it meanwhile. */
void unix_path_remove(struct unix_path *path);

#endif
