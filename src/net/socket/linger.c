/* SPDX-License-Identifier: ISC */
/* How a close ends a connection. */
#include "net/socket/linger.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/number.h"
#include "call/call.h"

void socket_linger(struct sink *sink, int fd, int64_t linger)
{
    struct linger value = {.l_onoff = 1, .l_linger = (int)((linger + NS_PER_S - 1) / NS_PER_S)};
    char text[40];
    snprintf(text, sizeof(text), "{1, %d}", value.l_linger);
    CALL_SETSOCKOPT(sink, fd, SOL_SOCKET, SO_LINGER, value, text);
}
