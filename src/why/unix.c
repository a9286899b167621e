/* SPDX-License-Identifier: ISC */
/* Why bind or connect failed on a unix socket's path or abstract name. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/judges.h"
#include "why/owner.h"

/* Whether the effective user of the process may access path in this mode (R_OK, W_OK, X_OK). */
static bool may(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/*
 * Writes the directories that lead to path, one per call from the top, to buffer, which is as long as path;
 * false after the last. *position begins at 0.
 */
static bool next_directory(const char *path, char *buffer, size_t *position)
{
    size_t end = *position + strspn(path + *position, "/");
    if (*position > 0 || path[0] != '/')
        end += strcspn(path + end, "/");
    if (path[end] == '\0' && !(*position == 0 && path[0] == '/'))
        return false;
    memcpy(buffer, path, end);
    buffer[end] = '\0';
    *position = end;
    return true;
}

/* Reports a symbolic link that cannot be followed to its end (path_resolution(7)). */
static bool cause_loop(struct why *why, const char *path)
{
    struct stat status;
    bool is_loop = stat(path, &status) < 0 && errno == ELOOP;
    if (is_loop)
        emit_cause(why, PATH_LOOP, F_FOREIGN("component", path));
    return is_loop;
}

static void cause_no_search(struct why *why, const char *directory)
{
    emit_cause(why, PATH_DENIED, F_INT("uid", geteuid()), F_TEXT("right", "search"),
        F_FOREIGN("component", directory));
}

/* Reports the part of the path that stops the walk; false if every directory on the way allows it. */
static bool cause_directory(struct why *why, const char *path)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
    size_t position = 0;
    struct stat status;
    if (path[0] != '/' && !may(".", X_OK)) {
        cause_no_search(why, ".");
        return true;
    }
    while (next_directory(path, directory, &position)) {
        if (stat(directory, &status) < 0 && errno == ENOENT) {
            emit_cause(why, PATH_MISSING, F_FOREIGN("component", directory));
            return true;
        }
        if (cause_loop(why, directory))
            return true;
        if (stat(directory, &status) == 0 && !S_ISDIR(status.st_mode)) {
            emit_cause(why, PATH_NOT_DIRECTORY, F_FOREIGN("component", directory));
            return true;
        }
        if (!may(directory, X_OK)) {
            cause_no_search(why, directory);
            return true;
        }
    }
    return false;
}

/* The directory that contains path. */
static void parent_of(const char *path, char *buffer, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        strlcpy(buffer, ".", size);
    else if (slash == path)
        strlcpy(buffer, "/", size);
    else
        strlcpy(buffer, path, (size_t)(slash - path) + 1 < size ? (size_t)(slash - path) + 1 : size);
}

static void cause_type(struct why *why, const struct sockdiag_socket *socket)
{
    struct owner owner = owner_of(socket);
    emit_cause(why, TYPE_MISMATCH, F_ADDRESS("held", &why->failure->address),
        F_NAME("type", names_type, socket->type), F_NAME("own_type", names_type, why->evidence->type),
        F_OWNER(&owner));
}

static void cause_socket(struct why *why, const struct sockdiag_socket *socket)
{
    struct owner owner = owner_of(socket);
    int type = why->evidence->type;
    /* Each type has its own abstract names (unix_abstract_hash() in the kernel). */
    if (why->failure->error == ECONNREFUSED && type && socket->type != type)
        cause_type(why, socket);
    else if (socket->state == TCP_LISTEN)
        emit_cause(why, PATH_LISTENER, F_ADDRESS("held", &why->failure->address), F_OWNER(&owner));
    else
        emit_cause(why, PATH_BOUND, F_ADDRESS("held", &why->failure->address),
            F_TRUE("datagram", socket->type == SOCK_DGRAM), F_OWNER(&owner));
}

static bool is_dangling(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && stat(path, &status) < 0 && errno == ENOENT;
}

/*
 * Reports what is at the end of the path: not a socket, a socket in use, or one left over. Only those of this
 * network namespace are listed, but the path may lead to those of others.
 */
static void cause_file(struct why *why, const char *path)
{
    struct sockdiag_socket found;
    struct stat status;
    bool is_path = path[0] != '\0';

    if (is_path && lstat(path, &status) < 0) {
        if (errno == ENOENT)
            emit_cause(why, PATH_MISSING, F_FOREIGN("component", path));
    } else if (is_dangling(path))
        emit_cause(why, PATH_DANGLING, F_FOREIGN("component", path));
    else if (is_path && cause_loop(why, path))
        return;
    else if (is_path && stat(path, &status) < 0)
        return; /* a link to where this user may not look */
    else if (is_path && !S_ISSOCK(status.st_mode))
        emit_cause(why, PATH_NOT_SOCKET, F_FOREIGN("component", path));
    else if (sockdiag_find_unix(&why->failure->address, why->evidence->type, &found) == 1)
        cause_socket(why, &found);
    else if (!is_path)
        emit_cause(why, ABSTRACT_UNUSED, F_ADDRESS("held", &why->failure->address));
    else if (why->failure->error == ECONNREFUSED)
        emit_cause(why, PATH_STALE, F_FOREIGN("component", path));
    else
        emit_cause(why, PATH_UNLISTED, F_FOREIGN("component", path));
}

/* A datagram socket accepts only from the one that it is connected to (unix_may_send in the kernel). */
static bool cause_taken(struct why *why)
{
    struct sockdiag_socket found;
    if (sockdiag_find_unix(&why->failure->address, why->evidence->type, &found) != 1 || found.peer_inode == 0)
        return false;
    struct owner owner = owner_of(&found);
    emit_cause(why, PEER_TAKEN, F_ADDRESS("held", &why->failure->address), F_OWNER(&owner));
    return true;
}

static void why_no_space(struct why *why, const char *path)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
    struct statvfs status;
    parent_of(path, directory, sizeof(directory));
    if (statvfs(directory, &status) == 0)
        emit_cause(why, PATH_NO_SPACE, F_FOREIGN("component", directory), F_COUNT("files", status.f_favail),
            F_COUNT("blocks", status.f_bavail));
}

static void why_denied(struct why *why, const char *path)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
    bool binds = strcmp(why->failure->call, "bind") == 0;
    if (why->failure->error == EPERM && why->evidence->type == SOCK_DGRAM && cause_taken(why))
        return;
    if (path[0] == '\0') {
        emit_cause(why, ABSTRACT_POLICY, F_ADDRESS("held", &why->failure->address));
        return;
    }
    if (cause_directory(why, path))
        return;
    parent_of(path, directory, sizeof(directory));
    const char *component = binds ? directory : path;
    if (may(component, W_OK))
        emit_cause(why, PATH_POLICY, F_FOREIGN("component", component),
            F_TEXT("also",
                binds && why->failure->error == EPERM ? "its file system holds no sockets, or" : NULL));
    else if (errno == EPERM)
        emit_cause(why, PATH_IMMUTABLE, F_FOREIGN("component", component));
    else if (errno == EROFS)
        emit_cause(why, PATH_READ_ONLY, F_FOREIGN("component", component));
    else
        emit_cause(why, PATH_DENIED, F_INT("uid", geteuid()), F_TEXT("right", "write"),
            F_FOREIGN("component", component));
}

static void why_full(struct why *why)
{
    struct sockdiag_socket found;
    if (sockdiag_find_unix(&why->failure->address, why->evidence->type, &found) != 1 ||
        found.state != TCP_LISTEN)
        return;
    struct owner owner = owner_of(&found);
    emit_cause(why, BACKLOG_FULL, F_ADDRESS("held", &why->failure->address),
        F_INT("length", found.receive_queue), F_INT("limit", found.send_queue), F_OWNER(&owner));
}

static void why_type(struct why *why)
{
    struct sockdiag_socket found;
    if (sockdiag_find_unix(&why->failure->address, why->evidence->type, &found) == 1)
        cause_type(why, &found);
}

void why_unix(struct why *why)
{
    char path[sizeof(why->failure->address.un.sun_path) + 1] = "";
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    if (why->failure->address.length > offset)
        memcpy(path, why->failure->address.un.sun_path, why->failure->address.length - offset);
    switch (why->failure->error) {
    case ENOENT:
        if (cause_directory(why, path))
            break;
        if (is_dangling(path))
            emit_cause(why, PATH_DANGLING, F_FOREIGN("component", path));
        else
            emit_cause(why, PATH_MISSING, F_FOREIGN("component", path));
        break;
    case ENOTDIR: cause_directory(why, path); break;
    case EACCES:
    case EPERM:
    case EROFS: why_denied(why, path); break;
    case ELOOP:
        if (!cause_directory(why, path))
            cause_loop(why, path);
        break;
    case ENOSPC: why_no_space(why, path); break;
    case EADDRINUSE:
    case ECONNREFUSED:
        /* The path may be gone by now, or belong to another socket: it does not count. */
        if (why->failure->phase == PHASE_DATAGRAM && strcmp(why->failure->call, "connect") != 0)
            emit_cause(why, PEER_GONE, F_ADDRESS("held", &why->failure->address));
        else
            cause_file(why, path);
        break;
    case EAGAIN:
    case ETIMEDOUT:
        if (why->failure->phase == PHASE_CONNECT)
            why_full(why);
        break;
    case EPROTOTYPE: why_type(why); break;
    default: break;
    }
}
