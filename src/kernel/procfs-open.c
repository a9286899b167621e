/* SPDX-License-Identifier: ISC */
/* Opening files of /proc; see procfs-open.h. */
#include "kernel/procfs-open.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

void procfs_directory_close(DIR **directory)
{
    if (*directory) {
        int saved = errno;
        closedir(*directory);
        errno = saved;
    }
}

int procfs_number(const char *name)
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

FILE *procfs_file(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file && fd >= 0)
        close(fd);
    return file;
}

DIR *procfs_directory(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory && fd >= 0)
        close(fd);
    return directory;
}
