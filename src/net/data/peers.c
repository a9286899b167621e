/* SPDX-License-Identifier: ISC */
/* The peers from which a datagram socket has received: a hash table with open addressing. */
#include "net/data/peers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_FIRST 64
#define PEERS_MOST  65536

struct peer {
    struct address address; /* length 0: free */
    unsigned number;
};

/* FNV-1a over the bytes that distinguish addresses. */
static size_t address_hash(const struct address *address)
{
    const unsigned char *bytes = (const unsigned char *)&address->storage;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (socklen_t i = 0; i < address->length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

static struct peer *peer_slot(const struct peers *peers, const struct address *address)
{
    size_t at = address_hash(address) & (peers->size - 1);
    while (peers->slots[at].address.length && !address_equal(&peers->slots[at].address, address))
        at = (at + 1) & (peers->size - 1);
    return &peers->slots[at];
}

/* Keeps the table at most half full; false if memory runs out. */
static bool peers_grow(struct peers *peers)
{
    if (peers->count >= PEERS_MOST) {
        memset(peers->slots, 0, peers->size * sizeof(*peers->slots));
        peers->count = 0;
    }
    if (2 * (peers->count + 1) <= peers->size)
        return true;
    struct peers grown = {
        .size = peers->size ? 2 * peers->size : PEERS_FIRST, .count = peers->count, .last = peers->last};
    grown.slots = calloc(grown.size, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < peers->size; i++)
        if (peers->slots[i].address.length)
            *peer_slot(&grown, &peers->slots[i].address) = peers->slots[i];
    free(peers->slots);
    *peers = grown;
    return true;
}

unsigned peers_number(struct peers *peers, const struct address *address, bool *fresh)
{
    *fresh = true;
    /* Unnamed unix senders cannot be distinguished. */
    if (address->length == 0 || !peers_grow(peers))
        return 0;
    struct peer *slot = peer_slot(peers, address);
    *fresh = slot->address.length == 0;
    if (*fresh) {
        *slot = (struct peer){.address = *address, .number = ++peers->last};
        peers->count++;
    }
    return slot->number;
}

void peers_free(struct peers *peers)
{
    free(peers->slots);
    *peers = (struct peers){.slots = NULL};
}
