/* SPDX-License-Identifier: ISC */
/* Targets that stand for many hosts: broadcast and multicast addresses. A socket connected to one would drop
 * the answers, which come from other addresses. */
#ifndef NET_CONNECT_GROUP_H
#define NET_CONNECT_GROUP_H

#include "net/socket/spec.h"

/*
 * "multicast" or "broadcast" if the socket of the plan is to stay unconnected towards peer, else NULL.
 * Broadcast counts only if the plan sets SO_BROADCAST: only then the kernel is asked for the route. A
 * link-local group without an interface is not one: connect() refuses it, send() would choose any interface.
 */
const char *group_type(const struct spec *spec, const struct address *peer);

#endif
