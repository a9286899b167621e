/* SPDX-License-Identifier: ISC */
/* The error queue of a socket. */
#include "net/socket/errors.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "kernel/icmp.h"
#include "net/socket/ancillary.h"
#include "call/call.h"
#include "net/watch/stamps.h"

/* The most errors read from one socket in a row. */
#define ERRORS_MAX 64
/* How much is kept of the datagram that caused an error; ICMP itself often returns less. */
#define CAUSE_MAX  1024

/* One message of the queue. */
struct queued {
    char control[512] __attribute__((aligned(8)));
    char bytes[CAUSE_MAX]; /* from the datagram that caused it */
    size_t length;
    struct address destination; /* to which that datagram was sent */
};

int64_t arrival_find(struct msghdr *message)
{
    struct timespec time;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS &&
            header->cmsg_len >= CMSG_LEN(sizeof(time))) {
            memcpy(&time, CMSG_DATA(header), sizeof(time));
            return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
        }
    return 0;
}

/* Finds the item that describes an error; false if there is none. */
static bool error_find(struct msghdr *message, struct sock_extended_err *error, struct address *offender)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        size_t length = header->cmsg_len - CMSG_LEN(0);
        bool is_error = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                        (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
        if (!is_error || length < sizeof(*error))
            continue;
        memcpy(error, CMSG_DATA(header), sizeof(*error));
        const struct sockaddr *from = (const struct sockaddr *)(CMSG_DATA(header) + sizeof(*error));
        socklen_t size = (socklen_t)(length - sizeof(*error));
        *offender = (struct address){.length = 0};
        if (size >= sizeof(struct sockaddr_in) && from->sa_family != AF_UNSPEC)
            *offender = address_from(from, size);
        return true;
    }
    return false;
}

static bool is_icmp(const struct sock_extended_err *error)
{
    return error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6;
}

static struct icmp_error icmp_from(
    struct msghdr *message, const struct sock_extended_err *error, const struct address *offender)
{
    return (struct icmp_error){.there = true,
        .family = error->ee_origin == SO_EE_ORIGIN_ICMP ? AF_INET : AF_INET6,
        .type = error->ee_type,
        .code = error->ee_code,
        .error = (int)error->ee_errno,
        .mtu = error->ee_errno == EMSGSIZE ? error->ee_info : 0,
        .arrived = arrival_find(message),
        .offender = *offender};
}

static void icmp_emit(
    struct sink *sink, unsigned conn, const struct icmp_error *icmp, const struct queued *queued)
{
    struct address offender = icmp->offender, destination = queued->destination;
    char host[ADDRESS_TEXT_MAX];
    address_unmap(&offender);
    address_unmap(&destination);
    emit(sink, EVENT_ICMP, F_CONN(conn), F_TEXT("protocol", icmp->family == AF_INET ? "ICMP" : "ICMPv6"),
        F_TEXT("name", icmp_name(icmp->family, icmp->type, icmp->code)), F_INT("type", icmp->type),
        F_INT("code", icmp->code), F_INT("icmp_type", icmp->type), F_INT("icmp_code", icmp->code),
        F_TEXT("from", offender.length ? address_host(&offender, host, sizeof(host)) : NULL),
        F_ADDRESS("sender", &offender), F_ADDRESS("for", &destination),
        F_BYTES("bytes", queued->bytes, queued->length), F_INT("length", (int64_t)queued->length),
        icmp->mtu ? F_INT("mtu", icmp->mtu) : F_NONE, F_ERRNO(icmp->error));
}

static void error_handle(struct sink *sink, unsigned conn, bool show, struct msghdr *message,
    const struct queued *queued, struct evidence *evidence, struct stamps *stamps)
{
    struct sock_extended_err error;
    struct address offender;
    bool found = error_find(message, &error, &offender);
    if (found && evidence && error.ee_errno == EMSGSIZE)
        evidence->path_mtu = error.ee_info;
    if (found && stamps && error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
        stamp_sent_emit(stamps, sink, conn, message, error.ee_info, error.ee_data))
        return;
    if (!found || !is_icmp(&error)) {
        if (show)
            ancillary_take(sink, conn, message);
        return;
    }
    struct icmp_error icmp = icmp_from(message, &error, &offender);
    if (evidence)
        evidence->icmp = icmp;
    if (show)
        icmp_emit(sink, conn, &icmp, queued);
}

/* Reads the next message, which borrows from queued. */
static bool queued_read(struct sink *sink, int fd, struct queued *queued, struct msghdr *message)
{
    struct iovec piece = {.iov_base = queued->bytes, .iov_len = sizeof(queued->bytes)};
    *message = (struct msghdr){.msg_name = &queued->destination.storage,
        .msg_namelen = sizeof(queued->destination.storage),
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = queued->control,
        .msg_controllen = sizeof(queued->control)};
    ssize_t length = call_recvmsg(sink, fd, message, MSG_ERRQUEUE | MSG_DONTWAIT);
    message->msg_iov = NULL;
    message->msg_iovlen = 0;
    if (length < 0)
        return false;
    queued->length = (size_t)length < sizeof(queued->bytes) ? (size_t)length : sizeof(queued->bytes);
    queued->destination.length = message->msg_namelen;
    return true;
}

unsigned errors_take(
    struct sink *sink, int fd, unsigned conn, bool show, struct evidence *evidence, struct stamps *stamps)
{
    int saved = errno, family = socket_family(fd);
    unsigned count = 0;
    struct queued queued;
    struct msghdr message;
    /* Other families ignore MSG_ERRQUEUE and would return data. */
    if (family != AF_INET && family != AF_INET6)
        return 0;
    for (; count < ERRORS_MAX && queued_read(sink, fd, &queued, &message); count++)
        error_handle(sink, conn, show, &message, &queued, evidence, stamps);
    errno = saved;
    return count;
}

bool errors_next_quoted(struct sink *sink, int fd, struct icmp_error *icmp, struct address *destination,
    void *quoted, size_t size, size_t *length)
{
    struct queued queued;
    struct msghdr message;
    struct sock_extended_err error;
    struct address offender;
    if (!queued_read(sink, fd, &queued, &message))
        return false;
    *icmp = (struct icmp_error){.there = false};
    *destination = queued.destination;
    *length = queued.length < size ? queued.length : size;
    if (*length)
        memcpy(quoted, queued.bytes, *length);
    if (error_find(&message, &error, &offender) && is_icmp(&error))
        *icmp = icmp_from(&message, &error, &offender);
    return true;
}

bool errors_next(struct sink *sink, int fd, struct icmp_error *icmp, struct address *destination)
{
    size_t length;
    return errors_next_quoted(sink, fd, icmp, destination, NULL, 0, &length);
}
