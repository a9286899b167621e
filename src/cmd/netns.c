/* SPDX-License-Identifier: ISC */
/* --netns: joins another network namespace, or opens a way to ask each of them (network_namespaces(7)). */
#include "cmd/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "kernel/procfs-open.h"
#include "kernel/sockdiag/sockdiag.h"
#include "net/socket/open.h"

/* Where ip-netns(8) keeps them. */
#define NAMES_DIRECTORY "/run/netns"
#define OWN_PATH        "/proc/self/ns/net"

static void name_complete(const struct completion *completion)
{
    cleanup_directory DIR *names = procfs_directory(AT_FDCWD, NAMES_DIRECTORY);
    for (const struct dirent *entry; names && (entry = readdir(names));)
        if (entry->d_name[0] != '.')
            complete_word(completion, entry->d_name);
}

static void name_or_all_complete(const struct completion *completion)
{
    complete_word(completion, NETNS_ALL);
    name_complete(completion);
}

#define FIELD(member) .offset = offsetof(struct report_options, member)
const struct option_row netns_rows[] = {
    {0, "netns", "NAME|PID", "in this network namespace, by its name in /run/netns or by a process in it",
        .type = OPTION_TEXT, FIELD(netns), .complete = name_complete},
    {.type = OPTION_END},
};

const struct option_row netns_all_rows[] = {
    {0, "netns", "NAME|PID",
        "in this network namespace, by its name in /run/netns or by a process in it; in all for the list",
        .type = OPTION_TEXT, FIELD(netns), .complete = name_or_all_complete},
    {.type = OPTION_END},
};

/* The path of a namespace. A number is a process, unless it is a name. */
static void path_find(const char *name, char *path, size_t size)
{
    if (name[0] == '/') {
        snprintf(path, size, "%s", name);
        return;
    }
    snprintf(path, size, NAMES_DIRECTORY "/%s", name);
    if (access(path, F_OK) < 0 && procfs_number(name) > 0)
        snprintf(path, size, "/proc/%s/ns/net", name);
}

/* What errno of open or setns means. */
static int refusal_explain(const char *name, const char *call, char *error, size_t size)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        snprintf(error, size, "there is no namespace '%s' in " NAMES_DIRECTORY "%s", name,
            procfs_number(name) > 0 ? ", and no such process" : "");
        return EXIT_USAGE;
    case EINVAL: snprintf(error, size, "'%s' is not a network namespace", name); return EXIT_USAGE;
    case EPERM:
    case EACCES:
        snprintf(error, size, "%s: %s: %s; joining another namespace needs CAP_SYS_ADMIN (root)", name, call,
            strerror(errno));
        return EXIT_MISSING;
    default:
        snprintf(error, size, "%s: %s: %s", name, call,
            missing_library(errno) ? missing_library(errno) : strerror(errno));
        return missing_status(errno);
    }
}

int netns_join(const char *name, char *error, size_t size)
{
    char path[512];
    if (name[0] == '\0' || (name[0] != '/' && strchr(name, '/'))) {
        snprintf(error, size, "'%s' is not the name of a namespace", name);
        return EXIT_USAGE;
    }
    path_find(name, path, sizeof(path));
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refusal_explain(name, "open", error, size);
    if (setns(fd, CLONE_NEWNET) < 0)
        return refusal_explain(name, "setns", error, size);
    return EXIT_DONE;
}

static struct netns *netns_find(const struct netns_list *list, ino_t inode)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].inode == inode)
            return &list->items[i];
    return NULL;
}

/* Adds the namespace at path below a directory, if it is new. Those that cannot be looked at are not seen. */
static int netns_add(struct netns_list *list, int at, const char *path, const char *name)
{
    struct stat status;
    cleanup_fd int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return 0;
    struct netns *known = netns_find(list, status.st_ino);
    if (known) {
        if (name && !known->name)
            known->name = strdup(name);
        return 0;
    }
    struct netns netns = {.inode = status.st_ino};
    if (list->count > 0) {
        if (setns(fd, CLONE_NEWNET) < 0) {
            list->unjoined += errno != EINVAL;
            return 0;
        }
        netns.diagnostic = sockdiag_open();
        if (netns.diagnostic < 0)
            return -1;
    }
    struct netns *items = array_room(list->items, list->count, sizeof(*items));
    if (!items) {
        if (netns.diagnostic > 0)
            close(netns.diagnostic);
        return -1;
    }
    netns.name = name ? strdup(name) : NULL;
    list->items = items;
    items[list->count++] = netns;
    return 0;
}

static int names_add(struct netns_list *list)
{
    cleanup_directory DIR *names = procfs_directory(AT_FDCWD, NAMES_DIRECTORY);
    for (const struct dirent *entry; names && (entry = readdir(names));)
        if (entry->d_name[0] != '.' && netns_add(list, dirfd(names), entry->d_name, entry->d_name) < 0)
            return -1;
    return 0;
}

static int processes_add(struct netns_list *list)
{
    char path[64];
    cleanup_directory DIR *proc = procfs_directory(AT_FDCWD, "/proc");
    for (const struct dirent *entry; proc && (entry = readdir(proc));) {
        if (procfs_number(entry->d_name) <= 0)
            continue;
        snprintf(path, sizeof(path), "%d/ns/net", procfs_number(entry->d_name));
        if (netns_add(list, dirfd(proc), path, NULL) < 0)
            return -1;
    }
    return 0;
}

int netns_list_open(struct netns_list *list, char *error, size_t size)
{
    *list = (struct netns_list){.items = NULL};
    descriptors_raise();
    cleanup_fd int own = open(OWN_PATH, O_RDONLY | O_CLOEXEC);
    if (own < 0) {
        snprintf(error, size, NETNS_ALL ": " OWN_PATH ": %s", strerror(errno));
        return EXIT_MISSING;
    }
    /* Whether it is permitted at all. */
    if (setns(own, CLONE_NEWNET) < 0)
        return refusal_explain(NETNS_ALL, "setns", error, size);
    int result = netns_add(list, AT_FDCWD, OWN_PATH, NULL);
    if (result == 0)
        result = names_add(list);
    if (result == 0)
        result = processes_add(list);
    if (result == 0)
        result = setns(own, CLONE_NEWNET);
    return result < 0 ? refusal_explain(NETNS_ALL, "sock_diag", error, size) : EXIT_DONE;
}

void netns_list_free(struct netns_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        if (list->items[i].diagnostic > 0)
            close(list->items[i].diagnostic);
    }
    free(list->items);
    *list = (struct netns_list){.items = NULL};
}

const char *netns_text(const struct netns *netns, char buffer[NETNS_TEXT_MAX])
{
    if (netns->name)
        snprintf(buffer, NETNS_TEXT_MAX, "%s", netns->name);
    else
        snprintf(buffer, NETNS_TEXT_MAX, "net:[%ju]", (uintmax_t)netns->inode);
    return buffer;
}
