/* SPDX-License-Identifier: ISC */
/* The holders of a socket. */
#include "why/owner.h"

#include <stdio.h>
#include <unistd.h>

#include "kernel/names.h"

struct owner owner_of(const struct sockdiag_socket *socket)
{
    struct owner owner = {.count = 0};
    bool complete = false;
    if (socket->inode == 0) {
        owner.note = sockdiag_unheld_note(socket);
        return owner;
    }
    owner.has_uid = true;
    owner.uid = socket->uid;
    if (!procfs_user(socket->uid, owner.user, sizeof(owner.user)))
        snprintf(owner.user, sizeof(owner.user), "%u", socket->uid);
    owner.count = procfs_holders(socket->inode, &owner.first, 1, &complete);
    if (owner.count <= 0)
        owner.note = procfs_unseen(procfs_readable(getpid()) == 0, complete);
    return owner;
}

struct field expires_field(const struct sockdiag_socket *socket)
{
    return socket->timer == SOCKDIAG_TIMER_TIME_WAIT ? F_TIME("expires", socket->expires) : F_NONE;
}
