/* SPDX-License-Identifier: ISC */
/* Targets that stand for many hosts; see group.h. */
#include "net/connect/group.h"

#include <linux/rtnetlink.h>

#include "kernel/route/route.h"

static bool has_interface(const struct spec *spec)
{
    const struct settings *settings = &spec->settings;
    return settings_has(settings, IPPROTO_IPV6, IPV6_MULTICAST_IF) ||
           settings_has(settings, SOL_SOCKET, SO_BINDTODEVICE) ||
           settings_has(settings, SOL_SOCKET, SO_BINDTOIFINDEX);
}

static bool is_multicast(const struct spec *spec, const struct address *peer)
{
    return address_is_multicast(peer) && (!address_needs_scope(peer) || has_interface(spec));
}

/* Only the routing table knows the broadcast address of a subnet. */
static bool is_broadcast(const struct spec *spec, const struct address *peer)
{
    struct route route;
    const struct route_query query = {.to = peer, .protocol = IPPROTO_UDP};
    if (peer->sa.sa_family != AF_INET || !settings_has(&spec->settings, SOL_SOCKET, SO_BROADCAST))
        return false;
    return address_is_broadcast(peer) || (route_lookup(&query, &route) == 0 && route.type == RTN_BROADCAST);
}

const char *group_type(const struct spec *spec, const struct address *peer)
{
    struct address plain = *peer;
    if (spec->type != SOCK_DGRAM)
        return NULL;
    address_unmap(&plain);
    return is_multicast(spec, &plain) ? "multicast" : is_broadcast(spec, &plain) ? "broadcast" : NULL;
}
