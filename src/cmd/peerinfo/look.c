/* SPDX-License-Identifier: ISC */
/* One look at the sockets of the host: which are wanted, who holds them, in which order. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/peerinfo/list.h"

#include "base/array.h"
#include "base/cleanup.h"

void look_free(struct look *look)
{
    holders_free(&look->holders);
    free(look->items);
    look->items = NULL;
    look->count = 0;
}

/* Reads the holders when the first socket needs them: what only the kernel holds needs none. */
static int holders_walk(struct look *look)
{
    if (look->is_walked)
        return 0;
    look->is_walked = true;
    if (holders_read(&look->holders, 0) < 0)
        return -1;
    /* Otherwise each list with a socket that no process here holds would take a second walk. */
    look->holders.refreshed = true;
    return 0;
}

struct visit {
    struct look *look;
    look_visit *visit;
};

/* Another namespace has interfaces of its own. */
static void indexes_forget(struct sockdiag_socket *socket)
{
    socket->interface = 0;
    if (socket->local.sa.sa_family == AF_INET6)
        socket->local.in6.sin6_scope_id = 0;
    if (socket->peer.sa.sa_family == AF_INET6)
        socket->peer.in6.sin6_scope_id = 0;
}

static int visit_socket(const struct sockdiag_socket *socket, void *data)
{
    const struct visit *visit = data;
    struct look *look = visit->look;
    const struct socket_filter *filter = &look->options->filter;
    struct listed listed = {.socket = *socket, .netns = look->netns};
    size_t peers;
    if ((socket->inode != 0 || socket->peer_inode != 0 || filter_needs_holder(filter)) &&
        holders_walk(look) < 0)
        return -1;
    if (look->netns)
        indexes_forget(&listed.socket);
    listed.holders = holders_find(&look->holders, socket->inode, &listed.count);
    if (!filter_wants_holder(filter, listed.holders, listed.count))
        return 0;
    if (socket->peer_inode != 0)
        listed.peer = holders_find(&look->holders, socket->peer_inode, &peers);
    listed.is_hidden = !listed.holders && socket->inode != 0;
    if (listed.is_hidden && !look->note)
        look->note = holders_note(&look->holders);
    if (!listed.holders)
        listed.owner = listed.is_hidden ? look->note : sockdiag_unheld_note(socket);
    look->shown++;
    look->hidden += listed.is_hidden;
    return visit->visit(look, &listed);
}

int look_each(struct look *look, look_visit *visit)
{
    const struct peerinfo_options *options = look->options;
    cleanup_free struct socket_filter *filter = malloc(sizeof(*filter));
    struct visit each = {.look = look, .visit = visit};
    const struct netns_list *namespaces = &options->namespaces;
    if (!filter)
        return -1;
    *filter = options->filter;
    filter->listening = filter->listening || !options->connections;
    int result = filter_each(filter, false, visit_socket, &each);
    for (size_t i = 1; i < namespaces->count && result == 0; i++) {
        look->netns = &namespaces->items[i];
        filter->socket = look->netns->diagnostic;
        /* What a single socket would be asked for later could not be asked there. */
        result = filter_each(filter, true, visit_socket, &each);
    }
    look->netns = NULL;
    return result;
}

static int keep(struct look *look, const struct listed *listed)
{
    struct listed *items = array_room(look->items, look->count, sizeof(*items));
    if (!items)
        return -1;
    look->items = items;
    items[look->count++] = *listed;
    return 0;
}

int look_keep(struct look *look)
{
    look->is_kept = true;
    return look_each(look, keep);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_cookies(const void *a, const void *b)
{
    uint64_t x = ((const struct listed *)a)->socket.cookie, y = ((const struct listed *)b)->socket.cookie;
    return (x > y) - (x < y);
}

static int compare_addresses(const struct address *a, const struct address *b)
{
    if (a->length == 0 || b->length == 0 || a->sa.sa_family != b->sa.sa_family)
        return compare_numbers(a->length ? a->sa.sa_family : 0, b->length ? b->sa.sa_family : 0);
    if (a->sa.sa_family == AF_INET)
        return memcmp(&a->in.sin_addr, &b->in.sin_addr, sizeof(a->in.sin_addr));
    if (a->sa.sa_family == AF_INET6)
        return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
    return memcmp(a->un.sun_path, b->un.sun_path, sizeof(a->un.sun_path));
}

/* TCP before UDP, unix last; then the port, the family, the address, so that nothing depends on the kernel's
 * hash tables. */
static int compare_ports(const void *a, const void *b)
{
    const struct sockdiag_socket *x = &((const struct listed *)a)->socket;
    const struct sockdiag_socket *y = &((const struct listed *)b)->socket;
    int order = compare_numbers(x->family == AF_UNIX, y->family == AF_UNIX);
    if (order == 0)
        order = compare_numbers(x->protocol, y->protocol);
    if (order == 0)
        order = compare_numbers(address_port(&x->local), address_port(&y->local));
    if (order == 0)
        order = compare_addresses(&x->local, &y->local);
    return order ? order : compare_cookies(a, b);
}

static int compare_local(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_addresses(&x->socket.local, &y->socket.local);
    return order ? order : compare_ports(a, b);
}

static int compare_peers(const void *a, const void *b)
{
    const struct sockdiag_socket *x = &((const struct listed *)a)->socket;
    const struct sockdiag_socket *y = &((const struct listed *)b)->socket;
    int order = compare_addresses(&x->peer, &y->peer);
    if (order == 0)
        order = compare_numbers(address_port(&x->peer), address_port(&y->peer));
    return order ? order : compare_ports(a, b);
}

static int compare_states(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_numbers(x->socket.state, y->socket.state);
    return order ? order : compare_ports(a, b);
}

/* -1 for a socket that only the kernel has. */
static int64_t user_of(const struct listed *listed)
{
    return listed->socket.inode != 0 ? (int64_t)listed->socket.uid : -1;
}

static int compare_users(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_numbers(user_of(x), user_of(y));
    return order ? order : compare_ports(a, b);
}

static int compare_programs(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = strcmp(x->holders ? x->holders->program : "", y->holders ? y->holders->program : "");
    return order ? order : compare_ports(a, b);
}

static int compare_pids(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_numbers(x->holders ? x->holders->pid : 0, y->holders ? y->holders->pid : 0);
    return order ? order : compare_ports(a, b);
}

static int64_t queued(const struct sockdiag_socket *socket)
{
    return (int64_t)socket->receive_queue + (socket->state == TCP_LISTEN ? 0 : socket->send_queue);
}

static int compare_queues(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_numbers(queued(&y->socket), queued(&x->socket));
    return order ? order : compare_ports(a, b);
}

void look_sort(struct look *look, enum list_order order)
{
    static int (*const compare[])(const void *, const void *) = {
        [ORDER_PORT] = compare_ports,
        [ORDER_LOCAL] = compare_local,
        [ORDER_PEER] = compare_peers,
        [ORDER_STATE] = compare_states,
        [ORDER_USER] = compare_users,
        [ORDER_PROGRAM] = compare_programs,
        [ORDER_PID] = compare_pids,
        [ORDER_QUEUE] = compare_queues,
        [ORDER_COOKIE] = compare_cookies,
    };
    if (order != ORDER_NONE && look->count > 0)
        qsort(look->items, look->count, sizeof(*look->items), compare[order]);
}
