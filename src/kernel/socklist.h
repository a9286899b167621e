/* Lists of sockets, each with all its visible holders. */
#ifndef KERNEL_SOCKLIST_H
#define KERNEL_SOCKLIST_H

#include <stddef.h>

#include "kernel/holders.h"
#include "kernel/sockdiag.h"

struct socklist_item {
    struct sockdiag_socket socket;
    struct procfs_holder *holders;
    size_t count;     /* of holders */
    const char *note; /* why there are none: "kernel, no owner" …; or NULL */
};

struct socklist {
    struct socklist_item *items;
    size_t count;
};

/* TCP and UDP sockets with that local port in the families and protocols wanted (AF_UNSPEC, 0: all). 0, or -1
 * with errno. */
int socklist_by_port(struct socklist *list, struct holders *holders, int port, int family, int protocol);

/* The socket with that inode, of any family, alone in the list (count 0: not listed). 0, or -1 with
 * errno. */
int socklist_by_inode(struct socklist *list, struct holders *holders, uint32_t inode);

/* One socket that is known already, alone in the list. 0, or -1 with errno. */
int socklist_of(struct socklist *list, struct holders *holders, const struct sockdiag_socket *socket);

/* Gives back what the list owns; it is then empty. */
void socklist_free(struct socklist *list);

#define cleanup_socklist __attribute__((cleanup(socklist_free)))

#endif
