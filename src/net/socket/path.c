/* SPDX-License-Identifier: ISC */
/* The path that bind(2) makes for a unix socket and close(2) leaves behind. */
#include "net/socket/path.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/portability.h"

#define LOCK_TRIES 200
#define LOCK_DELAY (5 * NS_PER_MS)

static bool address_has_path(const struct address *address)
{
    return address->sa.sa_family == AF_UNIX && address->length > offsetof(struct sockaddr_un, sun_path) &&
           address->un.sun_path[0];
}

/* The directory of a path. */
static const char *directory_of(const char *path, char *buffer, size_t size)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    if (length == 0 || length >= size)
        return ".";
    memcpy(buffer, path, length);
    buffer[length] = '\0';
    return buffer;
}

int unix_path_lock(const struct address *address)
{
    char path[sizeof(address->un.sun_path) + 1] = "", directory[sizeof(path)];
    const struct timespec pause = {.tv_nsec = LOCK_DELAY};
    if (!address_has_path(address))
        return -1;
    memcpy(path, address->un.sun_path, sizeof(address->un.sun_path));
    int fd = open(directory_of(path, directory, sizeof(directory)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        nanosleep(&pause, NULL);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Reads what distinguishes a file from a later one with the same path, and perhaps the same inode number. */
static bool file_identify(const char *path, struct unix_path *file)
{
    struct statx status;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &status) < 0)
        return false;
    file->device = makedev(status.stx_dev_major, status.stx_dev_minor);
    file->inode = status.stx_ino;
    bool is_dated = status.stx_mask & STATX_BTIME;
    file->born = is_dated ? status.stx_btime.tv_sec * NS_PER_S + status.stx_btime.tv_nsec : 0;
    return true;
}

void unix_path_note(struct unix_path *path, const struct address *address)
{
    *path = (struct unix_path){.ours = false};
    if (!address_has_path(address))
        return;
    memcpy(path->text, address->un.sun_path, sizeof(address->un.sun_path));
    path->ours = file_identify(path->text, path);
}

void unix_path_remove(struct unix_path *path)
{
    struct unix_path now = {.ours = false};
    if (path->ours && file_identify(path->text, &now) && now.device == path->device &&
        now.inode == path->inode && now.born == path->born)
        unlink(path->text);
    path->ours = false;
}
