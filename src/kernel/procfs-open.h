/* SPDX-License-Identifier: ISC */
/* Files and directories of /proc, and the numbers in their names. */
#ifndef KERNEL_PROCFS_OPEN_H
#define KERNEL_PROCFS_OPEN_H

#include <dirent.h>
#include <stdio.h>

/* Opens name below the directory at (AT_FDCWD) for reading, close-on-exec. The caller closes it; NULL with
 * errno. */
FILE *procfs_file(int at, const char *name);
DIR *procfs_directory(int at, const char *name);

/* The number of a name that is a decimal number from 0 to INT_MAX, without sign; -1 for any other name. */
int procfs_number(const char *name);

/* Closes the directory and keeps errno. */
void procfs_directory_close(DIR **directory);
#define cleanup_directory __attribute__((cleanup(procfs_directory_close)))

#endif
