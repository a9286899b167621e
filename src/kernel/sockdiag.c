/* Sockets as NETLINK_SOCK_DIAG lists them (sock_diag(7)). */
#include "kernel/sockdiag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/netlink.h"

#define REQUEST_MAX 256

/* A walk over an answer: what is wanted, whom to tell, and what he said. */
struct walk {
    const struct sockdiag_query *query;
    int protocol;
    sockdiag_visit *visit;
    void *data;
    int result;
};

static uint64_t cookie_value(const uint32_t words[2])
{
    return (uint64_t)words[1] << 32 | words[0];
}

static void cookie_words(uint64_t cookie, uint32_t words[2])
{
    words[0] = cookie ? (uint32_t)cookie : INET_DIAG_NOCOOKIE;
    words[1] = cookie ? (uint32_t)(cookie >> 32) : INET_DIAG_NOCOOKIE;
}

static struct address inet_address(int family, const uint32_t *host, uint16_t port, uint32_t interface)
{
    struct address address = {.length = 0};

    address.sa.sa_family = (sa_family_t)family;
    if (family == AF_INET) {
        address.in.sin_port = port;
        memcpy(&address.in.sin_addr, host, sizeof(address.in.sin_addr));
        address.length = sizeof(address.in);
    } else {
        address.in6.sin6_port = port;
        memcpy(&address.in6.sin6_addr, host, sizeof(address.in6.sin6_addr));
        if (IN6_IS_ADDR_LINKLOCAL(&address.in6.sin6_addr))
            address.in6.sin6_scope_id = interface;
        address.length = sizeof(address.in6);
    }
    return address;
}

static void take_memory(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};

    memcpy(memory, mnl_attr_get_payload(attribute), MIN(mnl_attr_get_payload_len(attribute), sizeof(memory)));
    socket->has_memory = true;
    socket->receive_buffer = memory[SK_MEMINFO_RCVBUF];
    socket->send_buffer = memory[SK_MEMINFO_SNDBUF];
    socket->drops = memory[SK_MEMINFO_DROPS];
}

static void take_shutdown(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    if (mnl_attr_get_payload_len(attribute) < sizeof(uint8_t))
        return;
    socket->has_shutdown = true;
    socket->shutdown = mnl_attr_get_u8(attribute);
}

static int take_inet_attribute(const struct nlattr *attribute, void *data)
{
    struct sockdiag_socket *socket = data;
    const void *payload = mnl_attr_get_payload(attribute);
    size_t length = mnl_attr_get_payload_len(attribute);

    switch (mnl_attr_get_type(attribute)) {
    case INET_DIAG_SKMEMINFO: take_memory(socket, attribute); break;
    case INET_DIAG_SHUTDOWN: take_shutdown(socket, attribute); break;
    case INET_DIAG_SKV6ONLY: socket->v6only = length > 0 && mnl_attr_get_u8(attribute); break;
    case INET_DIAG_INFO: tcpinfo_from_bytes(&socket->tcpinfo, payload, length); break;
    case INET_DIAG_CONG:
        memcpy(socket->congestion, payload, MIN(length, sizeof(socket->congestion) - 1));
        break;
    default: break;
    }
    return MNL_CB_OK;
}

/* Fills socket from a struct inet_diag_msg and its attributes; false when the message is too short to be one. */
static bool take_inet(const struct nlmsghdr *header, int protocol, struct sockdiag_socket *socket)
{
    const struct inet_diag_msg *message = mnl_nlmsg_get_payload(header);

    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return false;
    *socket = (struct sockdiag_socket){
        .family = message->idiag_family,
        .type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM,
        .protocol = protocol,
        .state = message->idiag_state,
        .interface = message->id.idiag_if,
        .uid = message->idiag_uid,
        .inode = message->idiag_inode,
        .cookie = cookie_value(message->id.idiag_cookie),
        .receive_queue = message->idiag_rqueue,
        .send_queue = message->idiag_wqueue,
        .timer = message->idiag_timer,
        .expires = message->idiag_timer ? message->idiag_expires * NS_PER_MS : 0,
        .retransmits = message->idiag_retrans,
    };
    socket->local =
        inet_address(socket->family, message->id.idiag_src, message->id.idiag_sport, socket->interface);
    if (message->id.idiag_dport != 0)
        socket->peer =
            inet_address(socket->family, message->id.idiag_dst, message->id.idiag_dport, socket->interface);
    mnl_attr_parse(header, sizeof(*message), take_inet_attribute, socket);
    return true;
}

/* A name as unix_diag has it: as long as it is, abstract with its leading NUL, a path without one at its end. */
static void take_unix_name(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    size_t length = MIN(mnl_attr_get_payload_len(attribute), sizeof(socket->local.un.sun_path));

    socket->local.un.sun_family = AF_UNIX;
    memcpy(socket->local.un.sun_path, mnl_attr_get_payload(attribute), length);
    socket->local.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* The kernel's own dev_t: 12 bits of major and 20 of minor (linux/kdev_t.h). */
static void take_file(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    const struct unix_diag_vfs *file = mnl_attr_get_payload(attribute);

    if (mnl_attr_get_payload_len(attribute) < sizeof(*file))
        return;
    socket->file_inode = file->udiag_vfs_ino;
    socket->file_device = makedev(file->udiag_vfs_dev >> 20, file->udiag_vfs_dev & 0xfffff);
}

static int take_unix_attribute(const struct nlattr *attribute, void *data)
{
    struct sockdiag_socket *socket = data;
    const struct unix_diag_rqlen *queues = mnl_attr_get_payload(attribute);
    size_t length = mnl_attr_get_payload_len(attribute);

    switch (mnl_attr_get_type(attribute)) {
    case UNIX_DIAG_NAME: take_unix_name(socket, attribute); break;
    case UNIX_DIAG_VFS: take_file(socket, attribute); break;
    case UNIX_DIAG_MEMINFO: take_memory(socket, attribute); break;
    case UNIX_DIAG_SHUTDOWN: take_shutdown(socket, attribute); break;
    case UNIX_DIAG_PEER:
        if (length >= sizeof(uint32_t))
            socket->peer_inode = mnl_attr_get_u32(attribute);
        break;
    case UNIX_DIAG_UID:
        if (length >= sizeof(uint32_t))
            socket->uid = mnl_attr_get_u32(attribute);
        break;
    case UNIX_DIAG_RQLEN:
        if (length >= sizeof(*queues)) {
            socket->receive_queue = queues->udiag_rqueue;
            socket->send_queue = queues->udiag_wqueue;
        }
        break;
    default: break;
    }
    return MNL_CB_OK;
}

static bool take_unix(const struct nlmsghdr *header, struct sockdiag_socket *socket)
{
    const struct unix_diag_msg *message = mnl_nlmsg_get_payload(header);

    if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
        return false;
    *socket = (struct sockdiag_socket){
        .family = AF_UNIX,
        .type = message->udiag_type,
        .state = message->udiag_state,
        .inode = message->udiag_ino,
        .cookie = cookie_value(message->udiag_cookie),
    };
    mnl_attr_parse(header, sizeof(*message), take_unix_attribute, socket);
    return true;
}

static bool is_wanted(const struct sockdiag_query *query, const struct sockdiag_socket *socket)
{
    return (query->port == 0 || address_port(&socket->local) == query->port) &&
           (query->cookie == 0 || socket->cookie == query->cookie) &&
           (query->inode == 0 || socket->inode == query->inode);
}

static int walk_message(const struct nlmsghdr *header, void *data)
{
    struct walk *walk = data;
    struct sockdiag_socket socket;
    bool taken = walk->query->family == AF_UNIX ? take_unix(header, &socket)
                                                : take_inet(header, walk->protocol, &socket);

    if (taken && is_wanted(walk->query, &socket))
        walk->result = walk->visit(&socket, walk->data);
    return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

static void put_inet_request(struct nlmsghdr *header, const struct sockdiag_query *query)
{
    struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));

    request->sdiag_family = (uint8_t)query->family;
    request->sdiag_protocol = (uint8_t)query->protocol;
    request->idiag_ext =
        1u << (INET_DIAG_SKMEMINFO - 1) | 1u << (INET_DIAG_SHUTDOWN - 1) | 1u << (INET_DIAG_CONG - 1);
    if (query->tcpinfo)
        request->idiag_ext |= 1u << (INET_DIAG_INFO - 1);
    request->idiag_states = query->states ? query->states : SOCKDIAG_ANY_STATE;
    request->id.idiag_sport = htons((uint16_t)query->port);
    cookie_words(0, request->id.idiag_cookie);
}

static void put_unix_request(struct nlmsghdr *header, const struct sockdiag_query *query)
{
    struct unix_diag_req *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));

    request->sdiag_family = AF_UNIX;
    request->udiag_states = query->states ? query->states : SOCKDIAG_ANY_STATE;
    request->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN |
                          UDIAG_SHOW_MEMINFO | UDIAG_SHOW_UID;
    cookie_words(0, request->udiag_cookie);
}

static struct nlmsghdr *request_begin(char *buffer, int flags)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

    header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header->nlmsg_flags = (uint16_t)flags;
    return header;
}

int sockdiag_each(const struct sockdiag_query *query, sockdiag_visit *visit, void *data)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, NLM_F_DUMP);
    struct walk walk = {.query = query, .protocol = query->protocol, .visit = visit, .data = data};

    if (query->family == AF_UNIX)
        put_unix_request(header, query);
    else
        put_inet_request(header, query);
    if (netlink_ask(NETLINK_SOCK_DIAG, header, walk_message, &walk) == -1)
        return -1;
    return walk.result;
}

int sockdiag_each_inet(const struct sockdiag_query *query, sockdiag_visit *visit, void *data)
{
    static const struct {
        int family, protocol;
    } kinds[] = {
        {AF_INET, IPPROTO_TCP}, {AF_INET6, IPPROTO_TCP}, {AF_INET, IPPROTO_UDP}, {AF_INET6, IPPROTO_UDP}};
    struct sockdiag_query one = *query;

    for (size_t i = 0; i < array_size(kinds); i++) {
        one.family = kinds[i].family;
        one.protocol = kinds[i].protocol;
        int result = sockdiag_each(&one, visit, data);
        if (result != 0)
            return result;
    }
    return 0;
}

static int keep_first(const struct sockdiag_socket *socket, void *data)
{
    *(struct sockdiag_socket *)data = *socket;
    return 1;
}

int sockdiag_find(const struct sockdiag_query *query, struct sockdiag_socket *found)
{
    return sockdiag_each(query, keep_first, found);
}

struct unix_search {
    const struct address *name; /* as it was asked for */
    bool is_abstract;
    struct stat file; /* of one that is not */
    struct sockdiag_socket *found;
    bool any;
};

/* The last part of a path, which is not ended by NUL where it fills sun_path. */
static void last_part(const struct address *address, char *buffer, size_t size)
{
    char path[sizeof(address->un.sun_path) + 1] = "";

    memcpy(path, address->un.sun_path, address->length - offsetof(struct sockaddr_un, sun_path));
    const char *slash = strrchr(path, '/');
    snprintf(buffer, size, "%s", slash ? slash + 1 : path);
}

static bool is_same_file(const struct sockdiag_socket *socket, const struct unix_search *search)
{
    char a[sizeof(socket->local.un.sun_path) + 1], b[sizeof(a)];

    if (socket->file_inode == 0 || socket->file_inode != (uint32_t)search->file.st_ino)
        return false;
    if (socket->file_device == search->file.st_dev)
        return true;
    /* overlayfs and btrfs tell stat() of another device than that of their superblock. */
    last_part(&socket->local, a, sizeof(a));
    last_part(search->name, b, sizeof(b));
    return strcmp(a, b) == 0;
}

static int search_unix(const struct sockdiag_socket *socket, void *data)
{
    struct unix_search *search = data;

    if (search->is_abstract ? !address_equal(&socket->local, search->name) : !is_same_file(socket, search))
        return 0;
    *search->found = *socket;
    search->any = true;
    return socket->state == TCP_LISTEN;
}

int sockdiag_find_unix(const struct address *name, struct sockdiag_socket *found)
{
    static const struct sockdiag_query query = {.family = AF_UNIX};
    struct unix_search search = {.name = name, .found = found};
    char path[sizeof(name->un.sun_path) + 1] = "";
    size_t offset = offsetof(struct sockaddr_un, sun_path);

    if (name->length <= offset)
        return 0;
    memcpy(path, name->un.sun_path, name->length - offset);
    search.is_abstract = path[0] == '\0';
    if (!search.is_abstract && stat(path, &search.file) == -1)
        return 0;
    if (sockdiag_each(&query, search_unix, &search) == -1)
        return -1;
    return search.any;
}

static void put_end(const struct address *end, uint32_t *host, uint16_t *port)
{
    if (end->sa.sa_family == AF_INET6) {
        memcpy(host, &end->in6.sin6_addr, sizeof(end->in6.sin6_addr));
        *port = end->in6.sin6_port;
    } else {
        memcpy(host, &end->in.sin_addr, sizeof(end->in.sin_addr));
        *port = end->in.sin_port;
    }
}

/* The address alone: what the same end may be called on sockets of either family, without the interface. */
static struct address end_of(const struct address *address)
{
    struct address end = *address;

    address_unmap(&end);
    if (end.sa.sa_family == AF_INET6) {
        end.in6.sin6_scope_id = 0;
        end.in6.sin6_flowinfo = 0;
    }
    return end;
}

static bool same_end(const struct address *a, const struct address *b)
{
    struct address end_a = end_of(a), end_b = end_of(b);

    return address_equal(&end_a, &end_b);
}

int sockdiag_lookup(int protocol, const struct address *local, const struct address *peer, uint64_t cookie,
    struct sockdiag_socket *found)
{
    char buffer[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *header = request_begin(buffer, 0);
    struct address near = end_of(local), far = end_of(peer);
    struct sockdiag_query query = {.family = near.sa.sa_family, .protocol = protocol, .tcpinfo = true};
    struct walk walk = {.query = &query, .protocol = protocol, .visit = keep_first, .data = found};

    if (near.sa.sa_family != far.sa.sa_family || address_port(&near) < 0) {
        errno = EINVAL;
        return -1;
    }
    put_inet_request(header, &query);
    struct inet_diag_req_v2 *request = mnl_nlmsg_get_payload(header);
    /* The kernel takes the two ends of UDP the other way round ("for historical reasons", net/ipv4/udp_diag.c). */
    bool swapped = protocol == IPPROTO_UDP;
    put_end(swapped ? &far : &near, request->id.idiag_src, &request->id.idiag_sport);
    put_end(swapped ? &near : &far, request->id.idiag_dst, &request->id.idiag_dport);
    if (local->sa.sa_family == AF_INET6)
        request->id.idiag_if = local->in6.sin6_scope_id;
    cookie_words(cookie, request->id.idiag_cookie);

    if (netlink_ask(NETLINK_SOCK_DIAG, header, walk_message, &walk) == -1)
        return errno == ENOENT || errno == ESTALE ? 0 : -1; /* ESTALE: it is there with another cookie */
    /* Without a connection the kernel's lookup falls back to a listener or an unconnected socket on the port. */
    return walk.result && same_end(&found->local, local) && same_end(&found->peer, peer);
}

bool sockdiag_is_owned(const struct sockdiag_socket *socket)
{
    if (socket->inode != 0)
        return true;
    /* close() never leaves a socket in these, so what has no inode here was not accepted yet. */
    return socket->protocol == IPPROTO_TCP &&
           (socket->state == TCP_ESTABLISHED || socket->state == TCP_SYN_RECV ||
               socket->state == TCP_CLOSE_WAIT);
}

int sockdiag_other_end(const struct address *local, const struct address *peer)
{
    struct sockdiag_socket found;

    switch (sockdiag_lookup(IPPROTO_TCP, peer, local, 0, &found)) {
    case -1: return -1;
    case 0: return SOCKDIAG_ABSENT;
    default: return sockdiag_is_owned(&found) ? SOCKDIAG_HELD : SOCKDIAG_ORPHAN;
    }
}

int sockdiag_destroy_open(void)
{
    return netlink_subscribe(
        NETLINK_SOCK_DIAG, 1u << (SKNLGRP_INET_TCP_DESTROY - 1) | 1u << (SKNLGRP_INET6_TCP_DESTROY - 1));
}

int sockdiag_destroy_read(int fd, sockdiag_visit *visit, void *data)
{
    static const struct sockdiag_query any = {.family = AF_UNSPEC};
    struct walk walk = {.query = &any, .protocol = IPPROTO_TCP, .visit = visit, .data = data};
    char message[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t got;

    while ((got = read(fd, message, sizeof(message))) > 0 || (got == -1 && errno == EINTR)) {
        if (got > 0 && mnl_cb_run(message, (size_t)got, 0, 0, walk_message, &walk) == MNL_CB_ERROR)
            return -1;
        if (walk.result != 0)
            return walk.result;
    }
    return got == -1 && errno != EAGAIN ? -1 : 0;
}
