/* SPDX-License-Identifier: ISC */
/* The functions that musl lacks, as system calls; see portability.h. */
#include "base/portability.h"

#include <stdint.h>
#include <unistd.h>

#ifndef HAVE_PWRITEV2
ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
    /* The kernel joins two halves of a long each, whatever its size. */
    unsigned long low = (unsigned long)offset, high = (unsigned long)((uint64_t)offset >> 32);
    return syscall(SYS_pwritev2, fd, pieces, (unsigned long)count, low, high, flags);
}
#endif

#ifndef HAVE_STATX
int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
    return (int)syscall(SYS_statx, directory, path, flags, mask, status);
}
#endif
