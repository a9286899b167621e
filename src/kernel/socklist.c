/* Sockets joined with their holders. */
#include "kernel/socklist.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

static int keep_socket(const struct sockdiag_socket *socket, void *data)
{
    struct socklist *list = data;
    /* The room doubles whenever the count reaches a power of two. */
    struct socklist_item *items =
        list->count & (list->count - 1)
            ? list->items
            : reallocarray(list->items, list->count ? 2 * list->count : 1, sizeof(*items));

    if (!items)
        return -1;
    list->items = items;
    items[list->count++] = (struct socklist_item){.socket = *socket};
    return 0;
}

static int compare_inodes(const void *a, const void *b)
{
    uint32_t x = ((const struct socklist_item *)a)->socket.inode,
             y = ((const struct socklist_item *)b)->socket.inode;

    return (x > y) - (x < y);
}

static int keep_holder(const struct procfs_holder *holder, void *data)
{
    struct socklist *list = data;
    const struct socklist_item key = {.socket.inode = (uint32_t)holder->inode};
    struct socklist_item *item = bsearch(&key, list->items, list->count, sizeof(key), compare_inodes);

    if (!item)
        return 0;
    struct procfs_holder *holders = reallocarray(item->holders, (size_t)item->count + 1, sizeof(*holders));
    if (!holders)
        return -1;
    item->holders = holders;
    holders[item->count++] = *holder;
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
    if ((x->peer.length > 0) != (y->peer.length > 0)) /* listeners and the merely bound first */
        return (x->peer.length > 0) - (y->peer.length > 0);
    return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* Adds the holders, and puts the items into an order that does not depend on the kernel's hash tables. */
static int finish(struct socklist *list)
{
    if (list->count == 0)
        return 0;
    qsort(list->items, list->count, sizeof(*list->items), compare_inodes);
    int result = procfs_each_socket(keep_holder, list, &list->complete);
    qsort(list->items, list->count, sizeof(*list->items), compare_ports);
    return result;
}

/* Lists what the query wants, of one family and protocol or, where these are 0, of both and both. */
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
            if (sockdiag_each(&query, keep_socket, list) == -1)
                return -1;
        }
    }
    return 0;
}

int socklist_by_port(struct socklist *list, int port, int family, int protocol)
{
    struct sockdiag_query query = {.family = family, .protocol = protocol, .port = port, .tcpinfo = true};

    *list = (struct socklist){.items = NULL};
    if (add(list, &query) == -1)
        return -1;
    return finish(list);
}

/* Every kind of socket that can be listed. */
static int add_all(struct socklist *list)
{
    const struct sockdiag_query any = {.tcpinfo = true}, local = {.family = AF_UNIX};

    if (add(list, &any) == -1)
        return -1;
    return sockdiag_each(&local, keep_socket, list);
}

/* Takes out all items but those that keep() wants. */
static void filter(
    struct socklist *list, bool (*keep)(const struct socklist_item *item, const void *data), const void *data)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (keep(&list->items[i], data))
            list->items[kept++] = list->items[i];
        else
            free(list->items[i].holders);
    }
    list->count = kept;
}

static bool is_held_by(const struct socklist_item *item, const void *data)
{
    for (int i = 0; i < item->count; i++)
        if (item->holders[i].pid == *(const pid_t *)data)
            return true;
    return false;
}

int socklist_by_pid(struct socklist *list, pid_t pid)
{
    *list = (struct socklist){.items = NULL};
    if (procfs_readable(pid) == -1)
        return -1;
    if (add_all(list) == -1 || finish(list) == -1)
        return -1;
    filter(list, is_held_by, &pid);
    return 0;
}

static bool has_inode(const struct socklist_item *item, const void *data)
{
    return item->socket.inode == *(const uint32_t *)data;
}

int socklist_by_inode(struct socklist *list, uint32_t inode)
{
    *list = (struct socklist){.items = NULL};
    if (add_all(list) == -1)
        return -1;
    filter(list, has_inode, &inode);
    return finish(list);
}

int socklist_of(struct socklist *list, const struct sockdiag_socket *socket)
{
    *list = (struct socklist){.items = NULL};
    if (keep_socket(socket, list) == -1)
        return -1;
    return finish(list);
}

void socklist_forget(struct socklist *list, pid_t pid, int fd)
{
    for (size_t i = 0; i < list->count; i++) {
        struct socklist_item *item = &list->items[i];
        int kept = 0;
        for (int h = 0; h < item->count; h++)
            if (item->holders[h].pid != pid || item->holders[h].fd != fd)
                item->holders[kept++] = item->holders[h];
        item->count = kept;
    }
}

void socklist_free(struct socklist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].holders);
    free(list->items);
    *list = (struct socklist){.items = NULL};
}

const char *socklist_owner_note(const struct socklist *list, const struct socklist_item *item)
{
    if (item->socket.inode == 0)
        return sockdiag_is_owned(&item->socket) ? "not accepted yet" : "kernel, no owner";
    if (item->count == 0)
        return list->complete ? "holder not visible from here" : "holder not visible without root";
    return NULL;
}
