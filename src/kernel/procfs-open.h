/* Files and directories of /proc, and numbers in the names of these. */
#ifndef KERNEL_PROCFS_OPEN_H
#define KERNEL_PROCFS_OPEN_H

#include <dirent.h>
#include <stdio.h>

/* Open name below the directory at (AT_FDCWD) for reading, close-on-exec. To be closed by the caller; NULL
 * with errno. */
FILE *procfs_file(int at, const char *name);
DIR *procfs_directory(int at, const char *name);

/* A whole decimal number without sign from 0 to INT_MAX and nothing else; -1 for any other name. */
int procfs_number(const char *name);

/* Closes it and keeps errno. */
void procfs_directory_close(DIR **directory);
#define cleanup_directory __attribute__((cleanup(procfs_directory_close)))

#endif
