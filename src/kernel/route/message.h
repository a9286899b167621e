/* SPDX-License-Identifier: ISC */
/* What questions about routes, rules, links and addresses share (rtnetlink(7)). */
#ifndef KERNEL_ROUTE_MESSAGE_H
#define KERNEL_ROUTE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "kernel/netlink.h"

#define REQUEST_MAX 256

/* The bytes of the host in an address of IPv4 or IPv6, and how many a family has. */
const void *host_bytes(const struct address *address);
size_t host_size(int family);

/* An address of the family from length bytes, which may be fewer than it has (a prefix); more are ignored. */
struct address host_address(int family, const void *bytes, size_t length);

/* Whether the first bits of both are equal; they are of one family. */
bool prefix_matches(const struct address *prefix, int bits, const struct address *address);

/* Begins a request in buffer, which has REQUEST_MAX bytes. */
struct nlmsghdr *request_begin(char *buffer, int type, int flags);

#endif
