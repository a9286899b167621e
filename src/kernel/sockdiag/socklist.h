/* SPDX-License-Identifier: ISC */
/* Lists of sockets, each with all its visible holders. */
#ifndef KERNEL_SOCKDIAG_SOCKLIST_H
#define KERNEL_SOCKDIAG_SOCKLIST_H

#include <stddef.h>

#include "kernel/sockdiag/filter.h"
#include "kernel/sockdiag/holders.h"
#include "kernel/sockdiag/sockdiag.h"

struct socklist_item {
    struct sockdiag_socket socket;
    struct procfs_holder *holders;
    size_t count;     /* of holders */
    const char *note; /* why there are none, such as "kernel, no owner"; or NULL */
};

struct socklist {
    struct socklist_item *items;
    size_t count;
};

/* Lists the sockets that filter_wants(), with their tcp_info. 0, or -1 with errno. */
int socklist_by_filter(struct socklist *list, struct holders *holders, const struct socket_filter *filter);

/* Lists the one socket with that inode, of any family (count 0: not found). 0, or -1 with errno. */
int socklist_by_inode(struct socklist *list, struct holders *holders, uint32_t inode);

/* Lists one socket that the caller has already found. 0, or -1 with errno. */
int socklist_of(struct socklist *list, struct holders *holders, const struct sockdiag_socket *socket);

/* Releases what the list owns; it is then empty. */
void socklist_free(struct socklist *list);

#define cleanup_socklist __attribute__((cleanup(socklist_free)))

#endif
