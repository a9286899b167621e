/* The path that bind(2) makes for a unix socket and close(2) leaves behind. */
#include "net/socket/path.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void unix_path_note(struct unix_path *path, const struct address *address)
{
    struct stat status;
    *path = (struct unix_path){.ours = false};
    if (address->sa.sa_family != AF_UNIX || address->length <= offsetof(struct sockaddr_un, sun_path) ||
        !address->un.sun_path[0])
        return;
    memcpy(path->text, address->un.sun_path, sizeof(address->un.sun_path));
    if (lstat(path->text, &status) < 0)
        return;
    path->ours = true;
    path->device = status.st_dev;
    path->inode = status.st_ino;
}

void unix_path_remove(struct unix_path *path)
{
    struct stat status;
    if (path->ours && lstat(path->text, &status) == 0 && status.st_dev == path->device &&
        status.st_ino == path->inode)
        unlink(path->text);
    path->ours = false;
}
