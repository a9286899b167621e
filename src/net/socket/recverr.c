/* SPDX-License-Identifier: ISC */
/* IPV6_RECVERR while a TCP socket connects. */
#include "net/socket/recverr.h"

#include <netinet/in.h>

#include "call/call.h"

static void recverr_set(
    struct sink *sink, int fd, const struct address *peer, const struct settings *settings, int on)
{
    struct address plain = *peer;
    if (peer->sa.sa_family == AF_INET6 && !address_unmap(&plain) && sink_wants(sink, EVENT_WHY) &&
        !settings_has(settings, IPPROTO_IPV6, IPV6_RECVERR))
        CALL_SETSOCKOPT(sink, fd, IPPROTO_IPV6, IPV6_RECVERR, on, on ? "1" : "0");
}

void recverr_ask(struct sink *sink, int fd, const struct address *peer, const struct settings *settings)
{
    recverr_set(sink, fd, peer, settings, 1);
}

void recverr_leave(struct sink *sink, int fd, const struct address *peer, const struct settings *settings)
{
    recverr_set(sink, fd, peer, settings, 0);
}
