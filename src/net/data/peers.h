/* SPDX-License-Identifier: ISC */
/* The peers from which a datagram socket has received, numbered in the order of arrival. */
#ifndef NET_DATA_PEERS_H
#define NET_DATA_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

/* Empty when zeroed. */
struct peers {
    struct peer *slots;
    size_t size, count;
    unsigned last;
};

/* Returns the number (1, 2, ...) of a peer; *fresh is set if it is new. To keep hostile senders from filling
 * memory, all peers are forgotten at 65536: one that comes back then counts as new. */
unsigned peers_number(struct peers *peers, const struct address *address, bool *fresh);

void peers_free(struct peers *peers);

#endif
