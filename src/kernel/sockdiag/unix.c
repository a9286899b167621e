/* The unix socket behind a path or an abstract name. */
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/sockdiag/sockdiag.h"

struct unix_search {
    const struct address *name; /* as the caller gave it */
    bool is_abstract;
    struct stat file; /* of a path */
    int type;
    struct sockdiag_socket *found;
    int rank; /* of found; -1: nothing found */
};

/* The last part of a path, which has no final NUL if it fills sun_path. */
static void last_part(const struct address *address, char *buffer, size_t size)
{
    char path[sizeof(address->un.sun_path) + 1] = "";
    memcpy(path, address->un.sun_path, address->length - offsetof(struct sockaddr_un, sun_path));
    const char *slash = strrchr(path, '/');
    snprintf(buffer, size, "%s", slash ? slash + 1 : path);
}

static bool is_same_file(const struct sockdiag_socket *socket, const struct unix_search *search)
{
    char a[sizeof(socket->local.un.sun_path) + 1], b[sizeof(a)];
    if (socket->file_inode == 0 || socket->file_inode != (uint32_t)search->file.st_ino)
        return false;
    if (socket->file_device == search->file.st_dev)
        return true;
    /* On overlayfs and btrfs stat() reports another device than that of the superblock. */
    last_part(&socket->local, a, sizeof(a));
    last_part(search->name, b, sizeof(b));
    return strcmp(a, b) == 0;
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
    if (sockdiag_each(&query, search_unix, &search) < 0)
        return -1;
    return search.rank >= 0;
}
