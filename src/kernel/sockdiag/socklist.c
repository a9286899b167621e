/* SPDX-License-Identifier: ISC */
/* Sockets joined with their holders. */
#include "kernel/sockdiag/socklist.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

static int keep_socket(const struct sockdiag_socket *socket, void *data)
{
    struct socklist *list = data;
    struct socklist_item *items = array_room(list->items, list->count, sizeof(*items));
    if (!items)
        return -1;
    list->items = items;
    items[list->count++] = (struct socklist_item){.socket = *socket};
    return 0;
}

static int compare_ports(const void *a, const void *b)
{
    const struct sockdiag_socket *x = &((const struct socklist_item *)a)->socket;
    const struct sockdiag_socket *y = &((const struct socklist_item *)b)->socket;
    if (x->protocol != y->protocol)
        return x->protocol - y->protocol;
    if (x->family != y->family)
        return x->family - y->family;
    if ((x->peer.length > 0) != (y->peer.length > 0)) /* listeners and merely bound sockets first */
        return (x->peer.length > 0) - (y->peer.length > 0);
    return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static int add_holders(struct socklist_item *item, struct holders *holders)
{
    size_t count;
    const struct procfs_holder *found = holders_find(holders, item->socket.inode, &count);
    if (!found) {
        item->note = item->socket.inode ? holders_note(holders) : sockdiag_unheld_note(&item->socket);
        return 0;
    }
    item->holders = reallocarray(NULL, count, sizeof(*found));
    if (!item->holders)
        return -1;
    memcpy(item->holders, found, count * sizeof(*found));
    item->count = count;
    return 0;
}

/* Adds the holders, and sorts the items, so that their order does not depend on the kernel's hash tables. */
static int finish(struct socklist *list, struct holders *holders)
{
    for (size_t i = 0; i < list->count; i++)
        if (add_holders(&list->items[i], holders) < 0)
            return -1;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare_ports);
    return 0;
}

/* Lists what the query wants; a family or protocol of 0 means both. */
static int add(struct socklist *list, const struct sockdiag_query *wanted)
{
    static const int families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    for (size_t p = 0; p < array_size(protocols); p++) {
        for (size_t f = 0; f < array_size(families); f++) {
            struct sockdiag_query query = *wanted;
            if ((wanted->family != AF_UNSPEC && wanted->family != families[f]) ||
                (wanted->protocol != 0 && wanted->protocol != protocols[p]))
                continue;
            query.family = families[f];
            query.protocol = protocols[p];
            if (sockdiag_each(&query, keep_socket, list) < 0)
                return -1;
        }
    }
    return 0;
}

int socklist_by_filter(struct socklist *list, struct holders *holders, const struct socket_filter *filter)
{
    *list = (struct socklist){.items = NULL};
    if (filter_each(filter, true, keep_socket, list) < 0)
        return -1;
    return finish(list, holders);
}

/* 1 found, 0 there is none, -1 with errno. */
static int find_inode(uint32_t inode, struct sockdiag_socket *found)
{
    const struct sockdiag_query inet = {.inode = inode, .tcpinfo = true};
    const struct sockdiag_query local = {.family = AF_UNIX, .inode = inode};
    struct socklist list = {.items = NULL};
    int result = add(&list, &inet);
    if (result == 0 && list.count > 0)
        *found = list.items[0].socket;
    result = result == 0 ? list.count > 0 : result;
    socklist_free(&list);
    return result != 0 ? result : sockdiag_find(&local, found);
}

int socklist_by_inode(struct socklist *list, struct holders *holders, uint32_t inode)
{
    struct sockdiag_socket found;
    *list = (struct socklist){.items = NULL};
    int result = find_inode(inode, &found);
    return result == 1 ? socklist_of(list, holders, &found) : result;
}

int socklist_of(struct socklist *list, struct holders *holders, const struct sockdiag_socket *socket)
{
    *list = (struct socklist){.items = NULL};
    if (keep_socket(socket, list) < 0)
        return -1;
    return finish(list, holders);
}

void socklist_free(struct socklist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].holders);
    free(list->items);
    *list = (struct socklist){.items = NULL};
}
