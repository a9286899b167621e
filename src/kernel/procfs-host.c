/* SPDX-License-Identifier: ISC */
/* Reads /proc/net/sockstat, /proc/net/if_inet6, and the limits of other processes. */
#include "kernel/procfs-host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/procfs-open.h"

/* The number behind a word of a line; -1 if it is not there. */
static int64_t number_behind(const char *line, const char *word)
{
    const char *at = strstr(line, word);
    return at ? strtoll(at + strlen(word), NULL, 10) : -1;
}

void procfs_sockstat(struct procfs_sockstat *sockstat)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/proc/self/net/sockstat");
    *sockstat = (struct procfs_sockstat){-1, -1, -1, -1};
    while (file && getline(&line, &size, file) > 0) {
        if (strncmp(line, "TCP: ", 5) == 0) {
            sockstat->orphans = number_behind(line, " orphan ");
            sockstat->time_wait = number_behind(line, " tw ");
            sockstat->tcp_pages = number_behind(line, " mem ");
        } else if (strncmp(line, "UDP: ", 5) == 0)
            sockstat->udp_pages = number_behind(line, " mem ");
    }
}

bool procfs_is_deprecated(const struct in6_addr *address)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    char own[2 * sizeof(*address) + 1], text[sizeof(own)];
    unsigned flags;
    bool found = false;
    for (size_t i = 0; i < sizeof(*address); i++)
        snprintf(own + 2 * i, 3, "%02x", address->s6_addr[i]);
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/proc/self/net/if_inet6");
    while (file && !found && getline(&line, &size, file) > 0)
        found = sscanf(line, "%32s %*x %*x %*x %x", text, &flags) == 2 && strcmp(text, own) == 0;
    return found && flags & IFA_F_DEPRECATED;
}

static int limit_read(pid_t pid, uint64_t *limit)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
    cleanup_file FILE *file = procfs_file(AT_FDCWD, path);
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0)
        if (sscanf(line, "Max open files %" SCNu64, limit) == 1)
            return 0;
    errno = EINVAL; /* also "unlimited", which this limit never is */
    return -1;
}

int procfs_process_descriptors(pid_t pid, uint64_t *open, uint64_t *limit)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    if (limit_read(pid, limit) < 0)
        return -1;
    cleanup_directory DIR *directory = procfs_directory(AT_FDCWD, path);
    if (!directory)
        return -1;
    *open = 0;
    for (const struct dirent *entry; (entry = readdir(directory));)
        *open += procfs_number(entry->d_name) >= 0;
    return 0;
}
