/* SPDX-License-Identifier: ISC */
/* Which process held which socket while it lived. */
#include "kernel/sockdiag/seen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "kernel/sockdiag/holders.h"
#include "kernel/sockdiag/sockdiag.h"

static int add(struct seen *seen, const struct seen_socket *socket)
{
    struct seen_socket *items = array_room(seen->items, seen->count, sizeof(*items));
    if (!items)
        return -1;
    seen->items = items;
    seen->items[seen->count++] = *socket;
    return 0;
}

static int marks_before_fin(const struct tcpinfo *tcpinfo)
{
    const struct tcp_info_full *info = &tcpinfo->is;
    bool is_settled = tcpinfo->length > 0 && info->tcpi_unacked == 0 &&
                      (info->tcpi_state == TCP_ESTABLISHED || info->tcpi_state == TCP_CLOSE_WAIT);
    int64_t marks = is_settled ? tcpinfo_marks(tcpinfo) : -1;
    return marks == 0 || marks == 1 ? (int)marks : -1;
}

static int keep_socket(const struct sockdiag_socket *socket, void *data)
{
    const struct seen_socket one = {.cookie = socket->cookie,
        .inode = socket->inode,
        .uid = socket->uid,
        .state = socket->state,
        .marks = marks_before_fin(&socket->tcpinfo),
        .local = socket->local,
        .peer = socket->peer};
    return add(data, &one);
}

static int compare_cookies(const void *a, const void *b)
{
    const struct seen_socket *x = a, *y = b;
    return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* What is listed now, sorted, without holders. */
static int sockets_list(struct seen *seen)
{
    static const int families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    for (size_t p = 0; p < array_size(protocols); p++)
        for (size_t f = 0; f < array_size(families); f++) {
            const struct sockdiag_query query = {.family = families[f],
                .protocol = protocols[p],
                .tcpinfo = protocols[p] == IPPROTO_TCP,
                .is_brief = true};
            if (sockdiag_each(&query, keep_socket, seen) < 0)
                return -1;
        }
    if (seen->count > 0)
        qsort(seen->items, seen->count, sizeof(*seen->items), compare_cookies);
    return 0;
}

static struct seen_socket *find(const struct seen *seen, uint64_t cookie)
{
    const struct seen_socket key = {.cookie = cookie};
    return seen->count ? bsearch(&key, seen->items, seen->count, sizeof(key), compare_cookies) : NULL;
}

static void holders_add(struct seen *seen, struct holders *holders)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct seen_socket *socket = &seen->items[i];
        const struct procfs_holder *first = holders_find(holders, socket->inode, &socket->holders);
        if (!first)
            continue;
        socket->pid = first->pid;
        memcpy(socket->program, first->program, sizeof(socket->program));
    }
}

static void holder_copy(struct seen_socket *socket, const struct seen_socket *from)
{
    socket->inode = from->inode;
    socket->uid = from->uid;
    socket->holders = from->holders;
    socket->pid = from->pid;
    memcpy(socket->program, from->program, sizeof(socket->program));
}

/* Takes over from the look before: holders of what has none any more, and for once what is not listed any
 * more. */
static int earlier_add(struct seen *seen, const struct seen *earlier)
{
    size_t listed = seen->count;
    for (size_t i = 0; i < earlier->count; i++) {
        const struct seen now = {.items = seen->items, .count = listed};
        struct seen_socket was = earlier->items[i], *is = find(&now, was.cookie);
        if (is && is->marks < 0)
            is->marks = was.marks;
        if (is && is->holders == 0 && was.holders > 0)
            holder_copy(is, &was);
        if (is || was.missed)
            continue;
        was.missed = true;
        if (add(seen, &was) < 0)
            return -1;
    }
    if (seen->count > listed)
        qsort(seen->items, seen->count, sizeof(*seen->items), compare_cookies);
    return 0;
}

int seen_look(struct seen *seen)
{
    struct seen now = {.items = NULL};
    /* Without /proc no holder is seen. */
    cleanup_holders struct holders holders = {.items = NULL};
    if (sockets_list(&now) < 0) {
        seen_free(&now);
        return -1;
    }
    if (holders_read(&holders, 0) == 0) {
        holders.refreshed = true;
        holders_add(&now, &holders);
    }
    if (earlier_add(&now, seen) < 0) {
        seen_free(&now);
        return -1;
    }
    seen_free(seen);
    *seen = now;
    return 0;
}

const struct seen_socket *seen_find(const struct seen *seen, uint64_t cookie)
{
    return find(seen, cookie);
}

void seen_free(struct seen *seen)
{
    free(seen->items);
    *seen = (struct seen){.items = NULL};
}
