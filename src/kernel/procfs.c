/* /proc and /etc, read with suspicion. */
#include "kernel/procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"

static void directory_close(DIR **directory)
{
    if (*directory) {
        int saved = errno;
        closedir(*directory);
        errno = saved;
    }
}

#define cleanup_directory __attribute__((cleanup(directory_close)))

/* A whole decimal number without sign from 0 to INT_MAX and nothing else; -1 for any other name. */
static int name_number(const char *name)
{
    long long number = 0;

    if (!isdigit((unsigned char)*name))
        return -1;
    for (; isdigit((unsigned char)*name); name++) {
        number = number * 10 + (*name - '0');
        if (number > INT_MAX)
            return -1;
    }
    return *name == '\0' ? (int)number : -1;
}

/* Opens name below at for reading; NULL with errno. */
static FILE *file_open_at(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd == -1 ? NULL : fdopen(fd, "r");

    if (!file && fd != -1)
        close(fd);
    return file;
}

static DIR *directory_open_at(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd == -1 ? NULL : fdopendir(fd);

    if (!directory && fd != -1)
        close(fd);
    return directory;
}

/* The inode in a link text "socket:[12345]"; 0 for any other. */
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
    cleanup_fd
    int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    ssize_t got = read(fd, program, size - 1);
    if (got > 0 && program[got - 1] == '\n') /* the only one that /proc adds; others are the name's own */
        got--;
    program[got > 0 ? got : 0] = '\0';
}

/* The sockets among the descriptors of one process; a process that ends meanwhile simply has no more. */
static int visit_process(int proc, const char *name, procfs_visit *visit, void *data, bool *complete)
{
    struct procfs_holder holder = {.pid = name_number(name)};
    bool named = false;

    cleanup_fd
    int process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process == -1) {
        *complete = *complete && errno == ENOENT;
        return 0;
    }
    cleanup_directory DIR *directory = directory_open_at(process, "fd");
    if (!directory) {
        *complete = *complete && (errno == ENOENT || errno == ESRCH);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char target[64];
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
        holder.fd = name_number(entry->d_name);
        if (length <= 0 || holder.fd == -1)
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

    cleanup_directory DIR *proc = directory_open_at(AT_FDCWD, "/proc");
    if (!proc)
        return -1;
    all = faccessat(dirfd(proc), "1", F_OK, 0) ==
          0; /* with hidepid=2 other users' processes are not even there */
    for (const struct dirent *entry; (entry = readdir(proc));) {
        if (name_number(entry->d_name) == -1)
            continue;
        int result = visit_process(dirfd(proc), entry->d_name, visit, data, &all);
        if (result != 0)
            return result;
    }
    if (complete)
        *complete = all;
    return 0;
}

struct holders {
    uint64_t inode;
    struct procfs_holder *into;
    int max, count;
};

static int keep_holder(const struct procfs_holder *holder, void *data)
{
    struct holders *holders = data;

    if (holder->inode != holders->inode)
        return 0;
    if (holders->count < holders->max)
        holders->into[holders->count] = *holder;
    holders->count++;
    return 0;
}

int procfs_holders(uint64_t inode, struct procfs_holder *into, int max, bool *complete)
{
    struct holders holders = {.inode = inode, .into = into, .max = max};

    if (procfs_each_socket(keep_holder, &holders, complete) == -1)
        return -1;
    return holders.count;
}

int procfs_readable(pid_t pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    cleanup_directory DIR *directory = directory_open_at(AT_FDCWD, path);
    if (directory)
        return 0;
    if (errno == ENOENT)
        errno = ESRCH;
    return -1;
}

int procfs_inode(pid_t pid, int fd, uint64_t *inode)
{
    char path[64], target[64];

    if (procfs_readable(pid) == -1)
        return -1;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length == -1) {
        if (errno == ENOENT)
            errno = EBADF;
        return -1;
    }
    target[length] = '\0';
    *inode = socket_inode(target);
    return 0;
}

/* The number behind name in /proc/PID/fdinfo/FD, in the base given. -1 with errno. */
static int fdinfo_number(const char *process, int fd, const char *name, int base, long long *number)
{
    cleanup_free
    char *line = NULL;
    size_t size = 0, length = strlen(name);
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/fdinfo/%d", process, fd);
    cleanup_file FILE *file = file_open_at(AT_FDCWD, path);
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
    return fdinfo_number(process, fd, "flags", 8, &flags) == -1 ? -1 : (int)flags;
}

pid_t procfs_pidfd_pid(int pidfd)
{
    long long pid;

    if (fdinfo_number("self", pidfd, "Pid", 10, &pid) == -1)
        return -1;
    return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int procfs_sysctl(const char *name, int64_t *values, int max)
{
    char path[256];
    int count = 0, matched = 1;

    if ((size_t)snprintf(path, sizeof(path), "/proc/sys/%s", name) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *dot = path; (dot = strchr(dot, '.'));)
        *dot = '/';
    cleanup_file FILE *file = file_open_at(AT_FDCWD, path);
    if (!file)
        return -1;
    while (count < max && (matched = fscanf(file, "%" SCNd64, &values[count])) == 1)
        count++;
    if (count == 0 || matched == 0) {
        errno = EINVAL;
        return -1;
    }
    return count;
}

/* Takes the values of the counters out of one pair of lines, "Group: name name" and "Group: value value". */
static void take_counters(char *names, char *values, struct procfs_counter *counters, size_t count)
{
    char *names_state, *values_state;
    const char *group = strtok_r(names, ": \n", &names_state);
    const char *again = strtok_r(values, ": \n", &values_state);

    if (!group || !again || strcmp(group, again) != 0)
        return;
    for (;;) {
        const char *name = strtok_r(NULL, " \n", &names_state);
        const char *value = strtok_r(NULL, " \n", &values_state);
        if (!name || !value)
            return;
        for (size_t i = 0; i < count; i++) {
            const char *dot = strchr(counters[i].name, '.');
            if (!dot || strncmp(counters[i].name, group, (size_t)(dot - counters[i].name)) != 0 ||
                group[dot - counters[i].name] != '\0' || strcmp(dot + 1, name) != 0)
                continue;
            counters[i].value = strtoll(value, NULL, 10);
            counters[i].found = true;
        }
    }
}

static int read_counters(const char *path, struct procfs_counter *counters, size_t count)
{
    cleanup_free
    char *names = NULL, *values = NULL;
    size_t names_size = 0, values_size = 0;

    cleanup_file FILE *file = file_open_at(AT_FDCWD, path);
    if (!file)
        return -1;
    while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0)
        take_counters(names, values, counters, count);
    return 0;
}

int procfs_counters(struct procfs_counter *counters, size_t count)
{
    int found = 0;

    for (size_t i = 0; i < count; i++)
        counters[i].found = false;
    if (read_counters("/proc/self/net/netstat", counters, count) == -1 ||
        read_counters("/proc/self/net/snmp", counters, count) == -1)
        return -1;
    for (size_t i = 0; i < count; i++)
        found += counters[i].found;
    return found;
}

int procfs_capabilities(uint64_t *effective)
{
    cleanup_free
    char *line = NULL;
    size_t size = 0;

    cleanup_file FILE *file = file_open_at(AT_FDCWD, "/proc/self/status");
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0)
        if (sscanf(line, "CapEff: %" SCNx64, effective) == 1)
            return 0;
    errno = EINVAL;
    return -1;
}

static uint64_t count_entries(DIR *directory)
{
    uint64_t count = 0;

    for (const struct dirent *entry; (entry = readdir(directory));)
        count += name_number(entry->d_name) != -1;
    return count;
}

int procfs_descriptors(struct procfs_descriptors *descriptors)
{
    struct rlimit limit;
    int64_t files[3];

    /* At the limit the directory of the descriptors cannot be opened: then they are as many as the limit. */
    memset(descriptors, 0, sizeof(*descriptors));
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return -1;
    descriptors->soft_limit = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
    descriptors->hard_limit = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
    cleanup_directory DIR *directory = directory_open_at(AT_FDCWD, "/proc/self/fd");
    if (directory)
        descriptors->open = count_entries(directory) - 1; /* not the one that counts */
    else if (errno == EMFILE)
        descriptors->open = descriptors->soft_limit;
    else
        return -1;
    if (procfs_sysctl("fs.file-nr", files, 3) == 3 && files[0] >= 0 && files[2] >= 0) {
        descriptors->system_open = (uint64_t)files[0];
        descriptors->system_limit = (uint64_t)files[2];
    }
    return 0;
}

int procfs_nameservers(char (*servers)[PROCFS_NAMESERVER_MAX], int max)
{
    cleanup_free
    char *line = NULL;
    size_t size = 0;
    int count = 0;

    cleanup_file FILE *file = file_open_at(AT_FDCWD, "/etc/resolv.conf");
    if (!file)
        return 0; /* resolv.conf(5): without the file, the server is on this host */
    while (count < max && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        if (!word || strcmp(word, "nameserver") != 0 || !(word = strtok_r(NULL, " \t\n", &state)))
            continue;
        snprintf(servers[count++], PROCFS_NAMESERVER_MAX, "%s", word);
    }
    return count;
}

const char *procfs_user(uid_t uid, char *buffer, size_t size)
{
    struct passwd entry, *found;
    char strings[4096];

    if (getpwuid_r(uid, &entry, strings, sizeof(strings), &found) != 0 || !found)
        return NULL;
    snprintf(buffer, size, "%s", found->pw_name);
    return buffer;
}
