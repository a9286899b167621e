/* SPDX-License-Identifier: ISC */
/* The messages of NETLINK_SOCK_DIAG: building a request, and reading an answer. */
#include "kernel/sockdiag/message.h"

#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stddef.h>
#include <string.h>
#include <sys/param.h>
#include <sys/sysmacros.h>

#include "base/number.h"

static uint64_t cookie_value(const uint32_t words[2])
{
    return (uint64_t)words[1] << 32 | words[0];
}

void sockdiag_put_cookie(uint64_t cookie, uint32_t words[2])
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
    socket->send_memory = memory[SK_MEMINFO_WMEM_QUEUED];
    socket->drops = memory[SK_MEMINFO_DROPS];
}

static void take_shutdown(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    if (mnl_attr_get_payload_len(attribute) < sizeof(uint8_t))
        return;
    socket->has_shutdown = true;
    socket->shutdown = mnl_attr_get_u8(attribute);
}

/* Only a message that was not asked for says this. */
static void take_protocol(struct sockdiag_socket *socket, const struct nlattr *attribute)
{
    if (mnl_attr_get_payload_len(attribute) < sizeof(uint8_t))
        return;
    socket->protocol = mnl_attr_get_u8(attribute);
    socket->type = socket->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

static int take_inet_attribute(const struct nlattr *attribute, void *data)
{
    struct sockdiag_socket *socket = data;
    const void *payload = mnl_attr_get_payload(attribute);
    size_t length = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case INET_DIAG_SKMEMINFO: take_memory(socket, attribute); break;
    case INET_DIAG_SHUTDOWN: take_shutdown(socket, attribute); break;
    case INET_DIAG_PROTOCOL: take_protocol(socket, attribute); break;
    case INET_DIAG_SKV6ONLY: socket->v6only = length > 0 && mnl_attr_get_u8(attribute); break;
    case INET_DIAG_INFO: tcpinfo_from_bytes(&socket->tcpinfo, payload, length); break;
    case INET_DIAG_CONG:
        memcpy(socket->congestion, payload, MIN(length, sizeof(socket->congestion) - 1));
        break;
    default: break;
    }
    return MNL_CB_OK;
}

/* TCP counts a FIN that was not read yet as one more byte. */
static uint32_t data_queued(const struct inet_diag_msg *message, int protocol)
{
    bool fin = protocol == IPPROTO_TCP &&
               (message->idiag_state == TCP_CLOSE_WAIT || message->idiag_state == TCP_LAST_ACK ||
                   message->idiag_state == TCP_CLOSING);
    return message->idiag_rqueue - (fin && message->idiag_rqueue > 0);
}

/* In the same way, what is not acknowledged has a SYN or a FIN in these states. */
static uint32_t data_sent(const struct inet_diag_msg *message, int protocol)
{
    bool has_mark = protocol == IPPROTO_TCP &&
                    (message->idiag_state == TCP_SYN_SENT || message->idiag_state == TCP_FIN_WAIT1 ||
                        message->idiag_state == TCP_LAST_ACK || message->idiag_state == TCP_CLOSING);
    return message->idiag_wqueue - (has_mark && message->idiag_wqueue > 0);
}

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
        .receive_queue = data_queued(message, protocol),
        .send_queue = data_sent(message, protocol),
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

/* A name as unix_diag sends it: an abstract one with its leading NUL, a path without a final one. */
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

bool sockdiag_take(const struct nlmsghdr *header, int family, int protocol, struct sockdiag_socket *socket)
{
    return family == AF_UNIX ? take_unix(header, socket) : take_inet(header, protocol, socket);
}

struct nlmsghdr *sockdiag_request(char *buffer, int flags)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header->nlmsg_flags = (uint16_t)flags;
    return header;
}

void sockdiag_put_inet(struct nlmsghdr *header, const struct sockdiag_query *query)
{
    struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    request->sdiag_family = (uint8_t)query->family;
    request->sdiag_protocol = (uint8_t)query->protocol;
    request->idiag_ext = 1u << (INET_DIAG_SKMEMINFO - 1);
    if (!query->is_brief)
        request->idiag_ext |= 1u << (INET_DIAG_SHUTDOWN - 1) | 1u << (INET_DIAG_CONG - 1);
    if (query->tcpinfo)
        request->idiag_ext |= 1u << (INET_DIAG_INFO - 1);
    request->idiag_states = query->states ? query->states : SOCKDIAG_ANY_STATE;
    request->id.idiag_sport = htons((uint16_t)query->port);
    sockdiag_put_cookie(0, request->id.idiag_cookie);
    if (query->code_length > 0)
        mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, query->code_length, query->code);
}

void sockdiag_put_unix(struct nlmsghdr *header, const struct sockdiag_query *query)
{
    struct unix_diag_req *request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
    request->sdiag_family = AF_UNIX;
    request->udiag_ino = query->inode; /* a dump ignores it */
    request->udiag_states = query->states ? query->states : SOCKDIAG_ANY_STATE;
    request->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN |
                          UDIAG_SHOW_MEMINFO | UDIAG_SHOW_UID;
    sockdiag_put_cookie(0, request->udiag_cookie);
}
