/* SPDX-License-Identifier: ISC */
/* --port-file: writes the listening address, for a script that waits for it. */
#include "cmd/port-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "report/writer.h"

/* The kernel's own limit; path_resolution(7). */
#define LINKS_MOST 40

/* The final place of the file: the directory to which the links of its path lead, and its name there. */
struct place {
    int directory; /* O_PATH; the caller closes it */
    char path[PATH_MAX];
    const char *name; /* within path */
    mode_t type;      /* S_IFMT bits; 0: nothing has this name yet */
};

static int place_open(struct place *place)
{
    char *slash = strrchr(place->path, '/');
    place->name = slash ? slash + 1 : place->path;
    if (slash)
        *slash = '\0';
    place->directory = open(!slash                 ? "."
                            : slash == place->path ? "/"
                                                   : place->path,
        O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (slash)
        *slash = '/';
    return place->directory < 0 ? -1 : 0;
}

/* Links are followed here and not by the kernel, so that what others put into a sticky folder is not followed
 * either: protected_symlinks of proc_sys_fs(5). */
static bool link_is_trusted(const struct place *place, const struct stat *link)
{
    struct stat folder;
    if (fstat(place->directory, &folder) < 0)
        return false;
    bool is_shared = (folder.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
    return !is_shared || link->st_uid == geteuid() || link->st_uid == folder.st_uid;
}

/* Puts the target of the link in the place of the path. */
static int link_follow(struct place *place)
{
    cleanup_free char *target = malloc(PATH_MAX);
    ssize_t length = target ? readlinkat(place->directory, place->name, target, PATH_MAX - 1) : -1;
    if (length < 0)
        return -1;
    target[length] = '\0';
    size_t kept = target[0] == '/' ? 0 : (size_t)(place->name - place->path);
    if (kept + (size_t)length >= sizeof(place->path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(place->path + kept, target, (size_t)length + 1);
    return 0;
}

static bool is_proc(const struct place *place)
{
    struct statfs system;
    return fstatfs(place->directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* 0 with the place, or -1 with errno. Links in /proc lead to objects, not to paths: they are not followed. */
static int place_find(const char *path, struct place *place)
{
    if (strlen(path) >= sizeof(place->path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(place->path, path);
    for (int links = 0; links <= LINKS_MOST; links++) {
        struct stat status;
        if (place_open(place) < 0)
            return -1;
        int result = fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW);
        if (result < 0 && errno != ENOENT)
            return -1;
        place->type = result < 0 ? 0 : status.st_mode & S_IFMT;
        if (place->type != S_IFLNK || is_proc(place))
            return 0;
        if (!link_is_trusted(place, &status)) {
            errno = EACCES;
            return -1;
        }
        if (link_follow(place) < 0)
            return -1;
        cleanup_fd_close(&place->directory);
        place->directory = -1;
    }
    errno = ELOOP;
    return -1;
}

/* The number of our own descriptor that the place is (/dev/stdout, /dev/fd/3), or -1. */
static int place_descriptor(const struct place *place)
{
    struct stat folder, ours;
    long long fd;
    const char *why;
    if (!is_proc(place) || fstat(place->directory, &folder) < 0 || stat("/proc/self/fd", &ours) < 0 ||
        folder.st_ino != ours.st_ino || folder.st_dev != ours.st_dev)
        return -1;
    return number_parse(place->name, 0, INT_MAX, &fd, &why) ? (int)fd : -1;
}

/* Through a new file beside it and rename(2), which replaces at one stroke. */
static int file_replace(const struct place *place, const char *text, size_t length)
{
    char fresh[NAME_MAX + 1];
    int written = -1, error;
    if (snprintf(fresh, sizeof(fresh), ".%.200s.%d", place->name, getpid()) < 0)
        return -1;
    unlinkat(place->directory, fresh, 0); /* left by a killed process with the same number */
    cleanup_fd int fd =
        openat(place->directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    written = writer_write(fd, text, length);
    if (written == 0 && renameat(place->directory, fresh, place->directory, place->name) == 0)
        return 0;
    error = errno;
    unlinkat(place->directory, fresh, 0);
    errno = error;
    return -1;
}

/* A FIFO, a device or a terminal: renaming over it would not reach its reader. Opening a FIFO waits for the
 * reader. */
static int object_write(const struct place *place, const char *text, size_t length)
{
    sigset_t before;
    int own = place_descriptor(place);
    if (own >= 0)
        return writer_write(own, text, length);
    stops_let_through(&before);
    cleanup_fd int fd = openat(place->directory, place->name, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return fd < 0 ? -1 : writer_write(fd, text, length);
}

static int place_write(const char *path, const char *text, size_t length)
{
    struct place place = {.directory = -1};
    int result = place_find(path, &place);
    if (result == 0 && (place.type == 0 || place.type == S_IFREG) && !is_proc(&place))
        result = file_replace(&place, text, length);
    else if (result == 0)
        result = object_write(&place, text, length);
    cleanup_fd_close(&place.directory);
    return result;
}

/* Fills in the line of the file, "127.0.0.1 8080" or a path; returns its length. */
static size_t line_fill(char *text, size_t size, const struct address *local)
{
    char host[ADDRESS_TEXT_MAX], scope[64];
    if (address_port(local) < 0 && local->un.sun_path[0])
        return (size_t)snprintf(text, size, "%.*s\n", (int)sizeof(local->un.sun_path), local->un.sun_path);
    if (address_port(local) < 0)
        return (size_t)snprintf(text, size, "%s\n", address_path(local, host, sizeof(host)));
    const char *zone = address_scope(local, scope, sizeof(scope));
    return (size_t)snprintf(text, size, "%s%s%s %d\n", address_host(local, host, sizeof(host)),
        zone ? "%" : "", zone ? zone : "", address_port(local));
}

int port_file_write(const char *path, const struct address *local, struct failure *failure)
{
    char text[ADDRESS_TEXT_MAX + 128];
    if (place_write(path, text, line_fill(text, sizeof(text), local)) == 0)
        return 0;
    *failure = failure_of(PHASE_OUTPUT, "open", NULL, 0);
    failure->name = path;
    return -1;
}
