/* SPDX-License-Identifier: ISC */
/* A descriptor of another process, borrowed for a look. */
#ifndef CALL_BORROW_H
#define CALL_BORROW_H

#include <sys/types.h>

#include "report/event.h"

/*
 * Duplicates descriptor fd of process pid (pidfd_getfd(2), Linux 5.6). It is the same open socket: what can
 * be read only once (SO_ERROR, the error queue) must not be read from it, and it must be closed soon, because
 * it keeps the socket open. Returns the descriptor, or -1 with errno (ESRCH, EBADF, EPERM: not permitted,
 * ENOSYS).
 */
int borrow_open(struct sink *sink, pid_t pid, int fd);

#endif
