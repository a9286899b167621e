/* SPDX-License-Identifier: ISC */
/* pidfd_open(2) and pidfd_getfd(2); glibc has them only since 2.36. */
#include "call/borrow.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/portability.h"
#include "call/call.h"

int borrow_open(struct sink *sink, pid_t pid, int fd)
{
    int64_t began = clock_now();
    cleanup_fd int process = (int)syscall(SYS_pidfd_open, pid, 0u);
    call_emit(sink, EVENT_CALL, "pidfd_open", -1, began, process, "%d, 0", (int)pid);
    if (process < 0)
        return -1;
    began = clock_now();
    int result = (int)syscall(SYS_pidfd_getfd, process, fd, 0u);
    call_emit(sink, EVENT_CALL, "pidfd_getfd", -1, began, result, "%d, %d, 0", process, fd);
    return result;
}
