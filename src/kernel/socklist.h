/* Lists of sockets, each with all its visible holders: one pass over the kernel's tables, one over /proc. */
#ifndef KERNEL_SOCKLIST_H
#define KERNEL_SOCKLIST_H

#include <stddef.h>

#include "kernel/procfs.h"
#include "kernel/sockdiag.h"

struct socklist_item {
    struct sockdiag_socket socket;
    struct procfs_holder *holders;
    int count; /* of holders */
};

struct socklist {
    struct socklist_item *items;
    size_t count;
    bool
        complete; /* every process could be looked into, so the holders are all there are (in this PID namespace) */
};

/* TCP and UDP sockets with that local port in the families and protocols wanted (AF_UNSPEC, 0: all). 0, or -1 with errno. */
int socklist_by_port(struct socklist *list, int port, int family, int protocol);

/*
 * The TCP, UDP and unix sockets among the descriptors of a process. 0, or -1 with errno (ESRCH: no such process; EACCES: it
 * may not be looked into).
 */
int socklist_by_pid(struct socklist *list, pid_t pid);

/* The socket of that inode, of whatever family, alone in the list (count 0: not listed). 0, or -1 with errno. */
int socklist_by_inode(struct socklist *list, uint32_t inode);

/* One socket that is known already, alone in the list. 0, or -1 with errno. */
int socklist_of(struct socklist *list, const struct sockdiag_socket *socket);

/* Takes one descriptor of a process out of the holders: that of the onlooker himself. */
void socklist_forget(struct socklist *list, pid_t pid, int fd);

/* Gives back what the list owns; it is then empty. */
void socklist_free(struct socklist *list);

/* Why the holders of an item are none, or may not be all: "kernel, no owner", "not visible without root" …; NULL: they are
 * all there. */
const char *socklist_owner_note(const struct socklist *list, const struct socklist_item *item);

#define cleanup_socklist __attribute__((cleanup(socklist_free)))

#endif
