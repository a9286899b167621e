/* SPDX-License-Identifier: ISC */
/* Address translation on this host (NAT), as its connection tracking shows it. */
#ifndef KERNEL_NAT_H
#define KERNEL_NAT_H

#include "base/address.h"

/*
 * Where packets from the local port to peer really went: *actual. 1 if NAT sent them elsewhere, 0 if it did
 * not, -1 with errno if it is not known (no entry, or its list may be read only by root).
 */
int nat_destination(int protocol, int local_port, const struct address *peer, struct address *actual);

#endif
