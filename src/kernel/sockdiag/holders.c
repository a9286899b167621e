/* SPDX-License-Identifier: ISC */
/* The holders of all sockets in one table, sorted by socket. */
#include "kernel/sockdiag/holders.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"

static int keep_holder(const struct procfs_holder *holder, void *data)
{
    struct holders *holders = data;
    if (holder->pid == holders->except)
        return 0;
    struct procfs_holder *items = array_room(holders->items, holders->count, sizeof(*items));
    if (!items)
        return -1;
    holders->items = items;
    items[holders->count++] = *holder;
    return 0;
}

static int compare_holders(const void *a, const void *b)
{
    const struct procfs_holder *x = a, *y = b;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->fd - y->fd;
}

int holders_read(struct holders *holders, pid_t except)
{
    *holders = (struct holders){.except = except};
    if (procfs_each_socket(keep_holder, holders, &holders->complete) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
    if (holders->count > 0)
        qsort(holders->items, holders->count, sizeof(*holders->items), compare_holders);
    return 0;
}

void holders_free(struct holders *holders)
{
    free(holders->items);
    *holders = (struct holders){.items = NULL};
}

static const struct procfs_holder *find(const struct holders *holders, uint64_t inode, size_t *count)
{
    size_t low = 0, high = holders->count, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holders->items[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < holders->count && holders->items[end].inode == inode;)
        end++;
    *count = end - low;
    return *count > 0 ? &holders->items[low] : NULL;
}

const struct procfs_holder *holders_find(struct holders *holders, uint64_t inode, size_t *count)
{
    const struct procfs_holder *found = find(holders, inode, count);
    pid_t except = holders->except;
    if (found || inode == 0 || holders->refreshed)
        return found;
    holders_free(holders);
    int result = holders_read(holders, except);
    holders->refreshed = true;
    return result < 0 ? NULL : find(holders, inode, count);
}

const char *holders_note(const struct holders *holders)
{
    if (procfs_readable(getpid()) < 0)
        return "holder unknown: /proc cannot be read";
    if (holders->complete)
        return "the kernel's, in flight, or of another PID namespace";
    return geteuid() == 0 ? "holder not visible from here" : "holder not visible without root";
}
