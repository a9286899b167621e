/* The list of peerinfo: the sockets of this network namespace that the filter wants, a line each. */
#include "cmd/peerinfo/list.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/peerinfo/peerinfo.h"

/* Lines that are written at once. */
#define LINES_HELD 128

/* One look. */
struct list {
    struct sink *sink;
    const struct peerinfo_options *options;
    struct holders *holders;
    bool is_walked; /* holders have been read */
    struct users users;
    struct sockdiag_socket *kept; /* for sorting */
    size_t kept_count;
    uint64_t shown, hidden;
    const char *note; /* why some are hidden; NULL: none is so far */
};

/* Reads the holders when the first socket needs them: what only the kernel holds needs none. */
static int holders_walk(struct list *list)
{
    if (list->is_walked)
        return 0;
    list->is_walked = true;
    if (holders_read(list->holders, 0) < 0)
        return -1;
    /* A second walk would come for each list with a socket that no process here holds. */
    list->holders->refreshed = true;
    return 0;
}

/* Finds out about its holders. 1 it is wanted, 0 it is not, -1 with errno. */
static int listed_fill(struct list *list, const struct sockdiag_socket *socket, struct listed *listed)
{
    *listed = (struct listed){.socket = socket};
    if ((socket->inode != 0 || socket->peer_inode != 0 || filter_needs_holder(&list->options->filter)) &&
        holders_walk(list) < 0)
        return -1;
    listed->holders = holders_find(list->holders, socket->inode, &listed->count);
    if (!filter_wants_holder(&list->options->filter, listed->holders, listed->count))
        return 0;
    if (socket->peer_inode != 0)
        listed->peer_holders = holders_find(list->holders, socket->peer_inode, &listed->peer_count);
    listed->is_hidden = !listed->holders && socket->inode != 0;
    if (listed->is_hidden && !list->note)
        list->note = holders_note(list->holders);
    if (!listed->holders)
        listed->owner = listed->is_hidden ? list->note : sockdiag_unheld_note(socket);
    if (socket->inode != 0)
        listed->user = users_name(&list->users, socket->uid);
    return 1;
}

static int socket_show(const struct sockdiag_socket *socket, void *data)
{
    struct list *list = data;
    struct listed listed;
    int wanted = listed_fill(list, socket, &listed);
    if (wanted <= 0)
        return wanted;
    list->shown++;
    list->hidden += listed.is_hidden;
    if (sink_wants(list->sink, EVENT_LISTED))
        listed_emit(list->sink, EVENT_LISTED, &listed, -1, NULL);
    if (list->shown % LINES_HELD == 0)
        sink_flush(list->sink);
    return list->sink->error ? 1 : 0;
}

static int socket_keep(const struct sockdiag_socket *socket, void *data)
{
    struct list *list = data;
    struct sockdiag_socket *kept =
        list->kept_count & (list->kept_count - 1)
            ? list->kept
            : reallocarray(list->kept, list->kept_count ? 2 * list->kept_count : 1, sizeof(*kept));
    if (!kept)
        return -1;
    list->kept = kept;
    kept[list->kept_count++] = *socket;
    return 0;
}

/* By kind, port, family and address, so that the order does not depend on the kernel's hash tables. */
static int compare_sockets(const void *a, const void *b)
{
    const struct sockdiag_socket *x = a, *y = b;
    int x_port = address_port(&x->local), y_port = address_port(&y->local);
    if (x->protocol != y->protocol)
        return x->protocol == 0 ? 1 : y->protocol == 0 ? -1 : x->protocol - y->protocol;
    if (x_port != y_port)
        return x_port - y_port;
    if (x->family != y->family)
        return x->family - y->family;
    int order = memcmp(&x->local.storage, &y->local.storage, sizeof(x->local.storage));
    return order ? order : (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static int list_sorted(struct list *list, const struct socket_filter *filter)
{
    int result = filter_each(filter, false, socket_keep, list);
    if (list->kept_count > 0)
        qsort(list->kept, list->kept_count, sizeof(*list->kept), compare_sockets);
    for (size_t i = 0; result == 0 && i < list->kept_count; i++)
        result = socket_show(&list->kept[i], list);
    free(list->kept);
    return result;
}

static int list_once(const struct round *round)
{
    const struct peerinfo_options *options = round->options;
    struct socket_filter filter = options->filter;
    struct list list = {.sink = round->sink, .options = options, .holders = round->holders};
    bool has_connections = options->all || filter.states || filter.peer_port.given ||
                           filter.either_port.given || filter.peer_prefix.count > 0;
    filter.listening = filter.listening || !has_connections;
    round->sink->held = true;
    int result = has_connections && !filter.listening ? filter_each(&filter, false, socket_show, &list)
                                                      : list_sorted(&list, &filter);
    sink_flush(round->sink);
    round->sink->held = false;
    if (result < 0)
        return not_found_emit(round, "sock_diag", "the sockets", errno, NULL);
    if (result == 0)
        emit(round->sink, EVENT_LISTED_END, F_COUNT("sockets", list.shown), F_COUNT("hidden", list.hidden),
            F_TEXT("note", list.note));
    return list.shown > 0 ? EXIT_DONE : EXIT_OTHER;
}

int list_report(const struct round *round)
{
    cleanup_holders struct holders holders = {.items = NULL};
    struct round look = *round;
    look.holders = &holders;
    return list_once(&look);
}
