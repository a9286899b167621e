/* SPDX-License-Identifier: ISC */
/* peerinfo --count-by: how many sockets have the same fields. */
#include "cmd/peerinfo/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/peerinfo/list.h"

/* clang-format off */
const struct name_table names_count = {"", (const struct name[]){
    {COUNT_STATE, "state"}, {COUNT_PROGRAM, "program"}, {COUNT_PORT, "port"}, {COUNT_PEER, "peer"},
    {COUNT_PEER_PORT, "peer-port"}, {COUNT_USER, "user"}, {0, NULL}}};
const struct name_table names_order = {"", (const struct name[]){
    {ORDER_PORT, "port"}, {ORDER_LOCAL, "local"}, {ORDER_PEER, "peer"}, {ORDER_STATE, "state"},
    {ORDER_USER, "user"}, {ORDER_PROGRAM, "program"}, {ORDER_PID, "pid"}, {ORDER_QUEUE, "queue"}, {0, NULL}}};
/* clang-format on */

#define NONE (-1)

/* Its bytes are compared: what is not counted by is zero, and what a socket does not have is NONE. */
struct key {
    int64_t user;
    int state, port, peer_port, peer_family;
    unsigned char peer[16];
    char program[64];
};

struct group {
    struct key key;
    const char *owner; /* why there is no program */
    uint64_t count;
};

/* Hash table with open addressing, at most half full. */
struct groups {
    struct group *slots; /* count 0: free */
    size_t size, count;
};

static void groups_free(struct groups *groups)
{
    free(groups->slots);
}
#define cleanup_groups __attribute__((cleanup(groups_free)))

static struct key key_of(const struct listed *listed, long fields)
{
    const struct sockdiag_socket *socket = &listed->socket;
    struct address peer = socket->peer;
    struct key key;
    memset(&key, 0, sizeof(key));
    address_unmap(&peer);
    if (fields & COUNT_STATE)
        key.state = socket->state;
    if (fields & COUNT_PORT)
        key.port = address_port(&socket->local);
    if (fields & COUNT_PEER_PORT)
        key.peer_port = peer.length > 0 ? address_port(&peer) : NONE;
    if (fields & COUNT_USER)
        key.user = socket->inode ? (int64_t)socket->uid : NONE;
    if ((fields & COUNT_PEER) && peer.length > 0) {
        key.peer_family = peer.sa.sa_family;
        if (key.peer_family == AF_INET)
            memcpy(key.peer, &peer.in.sin_addr, sizeof(peer.in.sin_addr));
        else
            memcpy(key.peer, &peer.in6.sin6_addr, sizeof(peer.in6.sin6_addr));
    }
    if ((fields & COUNT_PROGRAM) && listed->holders)
        memcpy(key.program, listed->holders->program, sizeof(key.program));
    return key;
}

/* FNV-1a. */
static size_t key_hash(const struct key *key)
{
    const unsigned char *bytes = (const unsigned char *)key;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof(*key); i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

/* The slot of a key, or the free one that it would take; NULL if there are no slots. */
static struct group *group_find(const struct groups *groups, const struct key *key)
{
    if (groups->size == 0)
        return NULL;
    size_t at = key_hash(key) & (groups->size - 1);
    while (groups->slots[at].count > 0 && memcmp(&groups->slots[at].key, key, sizeof(*key)) != 0)
        at = (at + 1) & (groups->size - 1);
    return &groups->slots[at];
}

static int groups_grow(struct groups *groups)
{
    struct groups grown = {.size = groups->size ? 2 * groups->size : 64, .count = groups->count};
    if (2 * (groups->count + 1) <= groups->size)
        return 0;
    grown.slots = calloc(grown.size, sizeof(*grown.slots));
    if (!grown.slots)
        return -1;
    for (size_t i = 0; i < groups->size; i++)
        if (groups->slots[i].count > 0)
            *group_find(&grown, &groups->slots[i].key) = groups->slots[i];
    groups_free(groups);
    *groups = grown;
    return 0;
}

static int group_add(struct look *look, const struct listed *listed)
{
    struct groups *groups = look->groups;
    struct key key = key_of(listed, look->options->count_by);
    if (groups_grow(groups) < 0)
        return -1;
    struct group *group = group_find(groups, &key);
    if (group->count++ == 0) {
        group->key = key;
        group->owner = listed->owner;
        groups->count++;
    }
    return 0;
}

/* Counts what the look has kept, or looks without keeping anything. */
static int groups_make(struct groups *groups, struct look *look)
{
    int result = 0;
    look->groups = groups;
    if (!look->is_kept)
        result = look_each(look, group_add);
    for (size_t i = 0; result == 0 && i < look->count; i++)
        result = group_add(look, &look->items[i]);
    look->groups = NULL;
    return result;
}

/* The largest first. */
static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void group_emit(struct look *look, const struct group *group, uint64_t count, const char *wall)
{
    const struct key *key = &group->key;
    const long fields = look->options->count_by;
    struct address peer = {.length = 0};
    char host[ADDRESS_TEXT_MAX], user[64];
    bool has_program = key->program[0] != '\0';
    peer.sa.sa_family = (sa_family_t)key->peer_family;
    peer.length = key->peer_family == AF_INET ? sizeof(peer.in) : sizeof(peer.in6);
    if (key->peer_family == AF_INET)
        memcpy(&peer.in.sin_addr, key->peer, sizeof(peer.in.sin_addr));
    else
        memcpy(&peer.in6.sin6_addr, key->peer, sizeof(peer.in6.sin6_addr));
    bool has_user = (fields & COUNT_USER) && key->user != NONE;
    if (has_user)
        snprintf(user, sizeof(user), "%s", users_name(&look->users, (uint32_t)key->user));
    emit(look->sink, EVENT_COUNT, F_TEXT("wall", wall), F_COUNT("count", count),
        (fields & COUNT_STATE) ? F_STATE("state", key->state) : F_NONE,
        (fields & COUNT_PROGRAM) && has_program ? F_FOREIGN("program", key->program) : F_NONE,
        (fields & COUNT_PROGRAM) && !has_program ? F_TEXT("owner", group->owner) : F_NONE,
        (fields & COUNT_PORT) && key->port >= 0 ? F_INT("port", key->port) : F_NONE,
        key->peer_family ? F_TEXT("host", address_host(&peer, host, sizeof(host))) : F_NONE,
        (fields & COUNT_PEER_PORT) && key->peer_port >= 0 ? F_INT("peer_port", key->peer_port) : F_NONE,
        has_user ? F_FOREIGN("user", user) : F_NONE);
}

/* The groups that differ from before: with their count, and what is gone with 0. */
static void differences_emit(struct look *look, const struct groups *before, const struct groups *now)
{
    char wall[WALL_TEXT_MAX];
    wall_text(wall, sizeof(wall));
    for (size_t i = 0; i < now->size; i++) {
        const struct group *group = &now->slots[i];
        const struct group *old = group->count > 0 ? group_find(before, &group->key) : NULL;
        if (group->count > 0 && (!old || old->count != group->count))
            group_emit(look, group, group->count, wall);
    }
    for (size_t i = 0; i < before->size; i++) {
        const struct group *group = &before->slots[i];
        const struct group *new = group->count > 0 ? group_find(now, &group->key) : NULL;
        if (group->count > 0 && (!new || new->count == 0))
            group_emit(look, group, 0, wall);
    }
}

int counts_emit(struct look *before, struct look *now, size_t most)
{
    cleanup_groups struct groups old = {.size = 0}, groups = {.size = 0};
    if (groups_make(&groups, now) < 0 || (before && groups_make(&old, before) < 0))
        return -1;
    if (before) {
        differences_emit(now, &old, &groups);
        return 0;
    }
    /* Free slots have count 0, so they come last. */
    if (groups.size > 0)
        qsort(groups.slots, groups.size, sizeof(*groups.slots), compare_groups);
    for (size_t i = 0; i < groups.count && i < most && !now->sink->error; i++)
        group_emit(now, &groups.slots[i], groups.slots[i].count, NULL);
    return 0;
}
