/* SPDX-License-Identifier: ISC */
/* The sockets among the descriptors of processes, read from /proc. */
#include "kernel/procfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs-open.h"

/* The inode in a link text "socket:[12345]"; 0 for any other text. */
static uint64_t socket_inode(const char *text)
{
    static const char prefix[] = "socket:[";
    char *end;
    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0 || !isdigit((unsigned char)text[sizeof(prefix) - 1]))
        return 0;
    errno = 0;
    unsigned long long inode = strtoull(text + sizeof(prefix) - 1, &end, 10);
    return errno == 0 && strcmp(end, "]") == 0 ? inode : 0;
}

static void program_read(int process, char *program, size_t size)
{
    program[0] = '\0';
    cleanup_fd int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t got = read(fd, program, size - 1);
    if (got > 0 && program[got - 1] == '\n') /* only the last newline is /proc's; others belong to the name */
        got--;
    program[got > 0 ? got : 0] = '\0';
}

void procfs_program(pid_t process, char *program, size_t size)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d", (int)process);
    cleanup_fd int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    program[0] = '\0';
    if (directory >= 0)
        program_read(directory, program, size);
}

/* Visits the sockets among the descriptors of one process; if the process ends meanwhile, it has no more. */
static int visit_process(int proc, const char *name, procfs_visit *visit, void *data, bool *complete)
{
    struct procfs_holder holder = {.pid = procfs_number(name)};
    bool named = false;
    cleanup_fd int process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process < 0) {
        *complete = *complete && errno == ENOENT;
        return 0;
    }
    cleanup_directory DIR *directory = procfs_directory(process, "fd");
    if (!directory) {
        *complete = *complete && (errno == ENOENT || errno == ESRCH);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char target[64];
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
        holder.fd = procfs_number(entry->d_name);
        if (length <= 0 || holder.fd < 0)
            continue;
        target[length] = '\0';
        holder.inode = socket_inode(target);
        if (holder.inode == 0)
            continue;
        if (!named)
            program_read(process, holder.program, sizeof(holder.program));
        named = true;
        int result = visit(&holder, data);
        if (result != 0)
            return result;
    }
    return 0;
}

int procfs_each_socket(procfs_visit *visit, void *data, bool *complete)
{
    bool all;
    cleanup_directory DIR *proc = procfs_directory(AT_FDCWD, "/proc");
    if (!proc)
        return -1;
    all = faccessat(dirfd(proc), "1", F_OK, 0) ==
          0; /* with hidepid=2 other users' processes are not even listed */
    for (const struct dirent *entry; (entry = readdir(proc));) {
        if (procfs_number(entry->d_name) < 0)
            continue;
        int result = visit_process(dirfd(proc), entry->d_name, visit, data, &all);
        if (result != 0)
            return result;
    }
    if (complete)
        *complete = all;
    return 0;
}

struct holder_search {
    uint64_t inode;
    struct procfs_holder *into;
    int max, count;
};

static int keep_holder(const struct procfs_holder *holder, void *data)
{
    struct holder_search *search = data;
    if (holder->inode != search->inode)
        return 0;
    if (search->count < search->max)
        search->into[search->count] = *holder;
    search->count++;
    return 0;
}

int procfs_holders(uint64_t inode, struct procfs_holder *into, int max, bool *complete)
{
    struct holder_search search = {.inode = inode, .into = into, .max = max};
    if (procfs_each_socket(keep_holder, &search, complete) < 0)
        return -1;
    return search.count;
}

int procfs_readable(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    cleanup_directory DIR *directory = procfs_directory(AT_FDCWD, path);
    if (directory)
        return 0;
    /* A process that is there is not in /proc: that is missing, or mounted with hidepid. */
    if (errno == ENOENT && kill(pid, 0) < 0)
        errno = errno == EPERM ? EACCES : ESRCH;
    return -1;
}

int procfs_inode(pid_t pid, int fd, uint64_t *inode)
{
    char path[64], target[64];
    if (procfs_readable(pid) < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length < 0) {
        if (errno == ENOENT)
            errno = EBADF;
        return -1;
    }
    target[length] = '\0';
    *inode = socket_inode(target);
    return 0;
}

/* The number after name in /proc/PID/fdinfo/FD, in the given base. -1 with errno. */
static int fdinfo_number(const char *process, int fd, const char *name, int base, long long *number)
{
    cleanup_free char *line = NULL;
    size_t size = 0, length = strlen(name);
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/fdinfo/%d", process, fd);
    cleanup_file FILE *file = procfs_file(AT_FDCWD, path);
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0) {
        if (strncmp(line, name, length) != 0 || line[length] != ':')
            continue;
        *number = strtoll(line + length + 1, NULL, base);
        return 0;
    }
    errno = EINVAL;
    return -1;
}

int procfs_open_flags(pid_t pid, int fd)
{
    char process[16];
    long long flags;
    snprintf(process, sizeof(process), "%d", (int)pid);
    return fdinfo_number(process, fd, "flags", 8, &flags) < 0 ? -1 : (int)flags;
}

pid_t procfs_pidfd_pid(int pidfd)
{
    long long pid;
    if (fdinfo_number("self", pidfd, "Pid", 10, &pid) < 0)
        return -1;
    return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

const char *procfs_unseen(bool readable, bool complete)
{
    if (!readable)
        return "its process is not known, as /proc cannot be read";
    if (complete)
        return "no process here has it: it is the kernel's own, in flight between processes, or of another "
               "PID "
               "namespace";
    return geteuid() == 0 ? "its process is not visible from here"
                          : "its process is not visible without root";
}
