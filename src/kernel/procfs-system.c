/* SPDX-License-Identifier: ISC */
/* What /proc says about the system and this process: sysctls, counters, capabilities, limits. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs-open.h"
#include "kernel/procfs.h"

/* Opens /proc/sys/ with the dots of name as slashes, and slashes as dots; NULL with errno. */
static FILE *sysctl_open(const char *name)
{
    char path[256];
    if ((size_t)snprintf(path, sizeof(path), "/proc/sys/%s", name) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    for (char *at = path + strlen("/proc/sys/"); *at; at++)
        *at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
    return procfs_file(AT_FDCWD, path);
}

int procfs_sysctl(const char *name, int64_t *values, int max)
{
    int count = 0, matched = 1;
    cleanup_file FILE *file = sysctl_open(name);
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

int procfs_sysctl_text(const char *name, char *text, size_t size)
{
    cleanup_file FILE *file = sysctl_open(name);
    if (!file)
        return -1;
    if (!fgets(text, (int)size, file)) {
        errno = EINVAL;
        return -1;
    }
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

/* Takes the values of the counters from one pair of lines, "Group: name name" and "Group: value value". */
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
    cleanup_free char *names = NULL, *values = NULL;
    size_t names_size = 0, values_size = 0;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, path);
    if (!file)
        return -1;
    while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0)
        take_counters(names, values, counters, count);
    return 0;
}

/* A file with a name and a value on each line; it is there only if the kernel was built with the feature. */
static void read_plain(const char *path, const char *group, struct procfs_counter *counters, size_t count)
{
    char name[64];
    int64_t value;
    size_t length = strlen(group);
    cleanup_file FILE *file = procfs_file(AT_FDCWD, path);
    while (file && fscanf(file, "%63s %" SCNd64, name, &value) == 2)
        for (size_t i = 0; i < count; i++) {
            if (strncmp(counters[i].name, group, length) != 0 || strcmp(counters[i].name + length, name) != 0)
                continue;
            counters[i].value = value;
            counters[i].found = true;
        }
}

int procfs_counters(struct procfs_counter *counters, size_t count)
{
    int found = 0;
    for (size_t i = 0; i < count; i++)
        counters[i].found = false;
    if (read_counters("/proc/self/net/netstat", counters, count) < 0 ||
        read_counters("/proc/self/net/snmp", counters, count) < 0)
        return -1;
    read_plain("/proc/self/net/xfrm_stat", "Xfrm.", counters, count);
    for (size_t i = 0; i < count; i++)
        found += counters[i].found;
    return found;
}

int procfs_capabilities(uint64_t *effective)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/proc/self/status");
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0)
        if (sscanf(line, "CapEff: %" SCNx64, effective) == 1)
            return 0;
    errno = EINVAL;
    return -1;
}

pid_t procfs_thread_process(pid_t thread)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    char path[64];
    int process = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
    cleanup_file FILE *file = procfs_file(AT_FDCWD, path);
    while (file && process < 0 && getline(&line, &size, file) > 0)
        if (sscanf(line, "Tgid: %d", &process) != 1)
            process = -1;
    return process;
}

bool procfs_is_initial(void)
{
    struct stat status;
    /* PROC_PID_INIT_INO of linux/proc_ns.h */
    return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == 0xeffffffc;
}

int procfs_has_family(int family)
{
    const char *path = family == AF_INET    ? "/proc/self/net/tcp"
                       : family == AF_INET6 ? "/proc/self/net/tcp6"
                       : family == AF_UNIX  ? "/proc/self/net/unix"
                                            : NULL;
    if (!path || access("/proc/self/net/netlink", F_OK) < 0)
        return -1;
    return access(path, F_OK) == 0;
}

int procfs_seccomp(void)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    int mode = 0, filters = 0;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/proc/self/status");
    while (file && getline(&line, &size, file) > 0) {
        if (sscanf(line, "Seccomp: %d", &mode) != 1)
            sscanf(line, "Seccomp_filters: %d", &filters);
    }
    return mode == 2 && filters == 0 ? 1 : filters;
}

static uint64_t count_entries(DIR *directory)
{
    uint64_t count = 0;
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += procfs_number(entry->d_name) >= 0;
    return count;
}

int procfs_descriptors(struct procfs_descriptors *descriptors)
{
    struct rlimit limit;
    int64_t files[3];
    /* At the limit the directory of the descriptors cannot be opened: the count is then the limit. */
    memset(descriptors, 0, sizeof(*descriptors));
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -1;
    descriptors->soft_limit = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
    descriptors->hard_limit = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
    cleanup_directory DIR *directory = procfs_directory(AT_FDCWD, "/proc/self/fd");
    if (directory)
        descriptors->open = count_entries(directory) - 1; /* the directory itself does not count */
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
