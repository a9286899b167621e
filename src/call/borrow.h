/* A descriptor of another process, borrowed for a look. */
#ifndef CALL_BORROW_H
#define CALL_BORROW_H

#include <sys/types.h>

#include "report/event.h"

/*
 * Duplicates descriptor fd of process pid (pidfd_getfd(2), Linux 5.6): the same open socket, so nothing that
 * is read only once (SO_ERROR, the error queue) may be read from it, and it is to be closed soon, as it keeps
 * the socket open. The new descriptor, or -1 with errno (ESRCH, EBADF, EPERM: not by us, ENOSYS).
 */
int borrow_open(struct sink *sink, pid_t pid, int fd);

#endif
