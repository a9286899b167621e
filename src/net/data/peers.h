/* The peers that a datagram socket has heard of, numbered in the order in which they came. */
#ifndef NET_DATA_PEERS_H
#define NET_DATA_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

/* Zeroed it is empty. */
struct peers {
    struct peer *slots;
    size_t size, count;
    unsigned last;
};

/* The number (1, 2, ...) of a peer; *fresh says whether it is new. So that hostile senders cannot fill the
 * memory, all are forgotten when there are 65536: a peer that comes back is then new once more. */
unsigned peers_number(struct peers *peers, const struct address *address, bool *fresh);

void peers_free(struct peers *peers);

#endif
