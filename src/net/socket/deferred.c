/* SPDX-License-Identifier: ISC */
/* TCP_FASTOPEN_CONNECT; see deferred.h. */
#include "net/socket/deferred.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "call/call.h"
#include "call/observe.h"

bool deferred_connect(const struct settings *settings, int fd)
{
    return settings_has(settings, IPPROTO_TCP, TCP_FASTOPEN_CONNECT) && socket_state(fd) == TCP_SYN_SENT;
}

int deferred_begin(struct sink *sink, int fd)
{
    return (int)call_send(sink, fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT);
}
