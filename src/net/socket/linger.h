/* SPDX-License-Identifier: ISC */
/* How a close ends a connection. */
#ifndef NET_SOCKET_LINGER_H
#define NET_SOCKET_LINGER_H

#include <stdint.h>

#include "report/event.h"

/* Sets SO_LINGER, reported: nanoseconds rounded up to whole seconds; 0: close() sends RST. */
void socket_linger(struct sink *sink, int fd, int64_t linger);

#endif
