/* SPDX-License-Identifier: ISC */
/* The unix socket behind a path or an abstract name. */
#include <limits.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/portability.h"
#include "kernel/procfs-open.h"
#include "kernel/sockdiag/sockdiag.h"

struct unix_search {
    const struct address *name; /* as the caller gave it */
    bool is_abstract;
    struct stat file; /* of a path */
    dev_t mount;      /* and mount_device() of it */
    int type;
    struct sockdiag_socket *found;
    int rank; /* of found; -1: nothing found */
};

/* The device of the superblock that a path is on, by the list of mounts: what sock_diag reports. stat()
 * reports another one on overlayfs and btrfs. 0 if it is not known (no /proc, or before Linux 5.8). */
static dev_t mount_device(const char *path)
{
    struct statx status;
    char line[PATH_MAX + 256];
    if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &status) < 0 || !(status.stx_mask & STATX_MNT_ID))
        return 0;
    cleanup_file FILE *mounts = procfs_file(AT_FDCWD, "/proc/self/mountinfo");
    while (mounts && fgets(line, sizeof(line), mounts)) {
        unsigned long long id;
        unsigned major, minor;
        if (sscanf(line, "%llu %*u %u:%u ", &id, &major, &minor) == 3 && id == status.stx_mnt_id)
            return makedev(major, minor);
    }
    return 0;
}

static bool is_same_file(const struct sockdiag_socket *socket, const struct unix_search *search)
{
    return socket->file_inode != 0 && socket->file_inode == (uint32_t)search->file.st_ino &&
           (socket->file_device == search->file.st_dev || socket->file_device == search->mount);
}

static int search_unix(const struct sockdiag_socket *socket, void *data)
{
    struct unix_search *search = data;
    if (search->is_abstract ? !address_equal(&socket->local, search->name) : !is_same_file(socket, search))
        return 0;
    int rank = 2 * (socket->type == search->type) + (socket->state == TCP_LISTEN);
    if (rank <= search->rank)
        return 0;
    *search->found = *socket;
    search->rank = rank;
    return rank == 3;
}

int sockdiag_find_unix(const struct address *name, int type, struct sockdiag_socket *found)
{
    static const struct sockdiag_query query = {.family = AF_UNIX};
    struct unix_search search = {.name = name, .type = type, .found = found, .rank = -1};
    char path[sizeof(name->un.sun_path) + 1] = "";
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    if (name->length <= offset)
        return 0;
    memcpy(path, name->un.sun_path, name->length - offset);
    search.is_abstract = path[0] == '\0';
    if (!search.is_abstract && stat(path, &search.file) < 0)
        return 0;
    search.mount = search.is_abstract ? 0 : mount_device(path);
    if (sockdiag_each(&query, search_unix, &search) < 0)
        return -1;
    return search.rank >= 0;
}
