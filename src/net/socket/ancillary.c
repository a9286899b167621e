/* SPDX-License-Identifier: ISC */
/* Ancillary data of a message, by name and value. */
#include "net/socket/ancillary.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/cleanup.h"
#include "call/call.h"
#include "kernel/procfs.h"
#include "net/socket/sockopt.h"

/* Missing in the headers of Linux 6.1, or only in headers that exclude the ones above. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#ifndef TCP_CM_INQ
#define TCP_CM_INQ 36
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define DESCRIPTOR_TEXT 128

static const struct name_table names_origin = {"SO_EE_ORIGIN_",
    (const struct name[]){{SO_EE_ORIGIN_NONE, "SO_EE_ORIGIN_NONE"},
        {SO_EE_ORIGIN_LOCAL, "SO_EE_ORIGIN_LOCAL"}, {SO_EE_ORIGIN_ICMP, "SO_EE_ORIGIN_ICMP"},
        {SO_EE_ORIGIN_ICMP6, "SO_EE_ORIGIN_ICMP6"}, {SO_EE_ORIGIN_TIMESTAMPING, "SO_EE_ORIGIN_TIMESTAMPING"},
        {SO_EE_ORIGIN_ZEROCOPY, "SO_EE_ORIGIN_ZEROCOPY"}, {0, NULL}}};

/* The storage of a shown value: the field of an item borrows all of it. */
struct room {
    struct field members[8];
    const struct field *object;
    char texts[2][INET6_ADDRSTRLEN], name[IF_NAMESIZE];
    struct address address;
};

static struct field object_field(struct room *room)
{
    room->object = room->members;
    return field_object("value", &room->object);
}

static struct field int_field(const void *data, struct room *room)
{
    int value;
    (void)room;
    memcpy(&value, data, sizeof(value));
    return F_INT("value", value);
}

static struct field byte_field(const void *data, struct room *room)
{
    (void)room;
    return F_INT("value", *(const unsigned char *)data);
}

static struct field count_field(const void *data, struct room *room)
{
    uint32_t value;
    (void)room;
    memcpy(&value, data, sizeof(value));
    return F_INT("value", value);
}

static struct field interface_field(const char *key, unsigned index, struct room *room)
{
    return F_TEXT(key, if_indextoname(index, room->name));
}

static struct field pktinfo4_field(const void *data, struct room *room)
{
    struct in_pktinfo info;
    memcpy(&info, data, sizeof(info));
    room->members[0] = F_INT("ipi_ifindex", info.ipi_ifindex);
    room->members[1] = interface_field("interface", (unsigned)info.ipi_ifindex, room);
    room->members[2] =
        F_TEXT("ipi_spec_dst", inet_ntop(AF_INET, &info.ipi_spec_dst, room->texts[0], INET6_ADDRSTRLEN));
    room->members[3] =
        F_TEXT("ipi_addr", inet_ntop(AF_INET, &info.ipi_addr, room->texts[1], INET6_ADDRSTRLEN));
    room->members[4] = F_END;
    return object_field(room);
}

static struct field pktinfo6_field(const void *data, struct room *room)
{
    struct in6_pktinfo info;
    memcpy(&info, data, sizeof(info));
    room->members[0] =
        F_TEXT("ipi6_addr", inet_ntop(AF_INET6, &info.ipi6_addr, room->texts[0], INET6_ADDRSTRLEN));
    room->members[1] = F_INT("ipi6_ifindex", info.ipi6_ifindex);
    room->members[2] = interface_field("interface", info.ipi6_ifindex, room);
    room->members[3] = F_END;
    return object_field(room);
}

static struct field address4_field(const void *data, struct room *room)
{
    room->address = address_from(data, sizeof(struct sockaddr_in));
    return F_ADDRESS("value", &room->address);
}

static struct field address6_field(const void *data, struct room *room)
{
    room->address = address_from(data, sizeof(struct sockaddr_in6));
    return F_ADDRESS("value", &room->address);
}

static struct field timespec_field(const void *data, struct room *room)
{
    struct timespec time;
    memcpy(&time, data, sizeof(time));
    room->members[0] = F_INT("tv_sec", time.tv_sec);
    room->members[1] = F_INT("tv_nsec", time.tv_nsec);
    room->members[2] = F_END;
    return object_field(room);
}

static struct field timeval_field(const void *data, struct room *room)
{
    struct timeval time;
    memcpy(&time, data, sizeof(time));
    room->members[0] = F_INT("tv_sec", time.tv_sec);
    room->members[1] = F_INT("tv_usec", time.tv_usec);
    room->members[2] = F_END;
    return object_field(room);
}

static struct field ucred_field(const void *data, struct room *room)
{
    struct ucred credentials;
    memcpy(&credentials, data, sizeof(credentials));
    room->members[0] = F_INT("pid", credentials.pid);
    room->members[1] = F_INT("uid", credentials.uid);
    room->members[2] = F_INT("gid", credentials.gid);
    room->members[3] = F_END;
    return object_field(room);
}

static struct field error_field(const void *data, struct room *room)
{
    struct sock_extended_err error;
    memcpy(&error, data, sizeof(error));
    room->members[0] = F_TEXT("ee_errno", errno_name((int)error.ee_errno));
    room->members[1] = F_NAME("ee_origin", names_origin, error.ee_origin);
    room->members[2] = F_INT("ee_type", error.ee_type);
    room->members[3] = F_INT("ee_code", error.ee_code);
    room->members[4] = F_INT("ee_info", error.ee_info);
    room->members[5] = F_INT("ee_data", error.ee_data);
    room->members[6] = F_END;
    return object_field(room);
}

static struct field pidfd_field(const void *data, struct room *room)
{
    int fd;
    memcpy(&fd, data, sizeof(fd));
    room->members[0] = F_INT("fd", fd);
    /* -1: the process has ended, or is not visible here. */
    pid_t pid = procfs_pidfd_pid(fd);
    room->members[1] = F_INT("pid", pid > 0 ? pid : -1);
    room->members[2] = F_END;
    return object_field(room);
}

struct ancillary_row {
    int level, type;
    const char *name;
    size_t length; /* at least */
    struct field (*field)(const void *data, struct room *room);
};

/* clang-format off */
static const struct ancillary_row rows[] = {
    {IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO", sizeof(struct in_pktinfo), pktinfo4_field},
    {IPPROTO_IP, IP_TTL, "IP_TTL", sizeof(int), int_field},
    {IPPROTO_IP, IP_TOS, "IP_TOS", 1, byte_field},
    {IPPROTO_IP, IP_ORIGDSTADDR, "IP_ORIGDSTADDR", sizeof(struct sockaddr_in), address4_field},
    {IPPROTO_IP, IP_RECVERR, "IP_RECVERR", sizeof(struct sock_extended_err), error_field},
    {IPPROTO_IPV6, IPV6_PKTINFO, "IPV6_PKTINFO", sizeof(struct in6_pktinfo), pktinfo6_field},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, "IPV6_HOPLIMIT", sizeof(int), int_field},
    {IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS", sizeof(int), int_field},
    {IPPROTO_IPV6, IPV6_ORIGDSTADDR, "IPV6_ORIGDSTADDR", sizeof(struct sockaddr_in6), address6_field},
    {IPPROTO_IPV6, IPV6_RECVERR, "IPV6_RECVERR", sizeof(struct sock_extended_err), error_field},
    {SOL_SOCKET, SO_TIMESTAMP, "SO_TIMESTAMP", sizeof(struct timeval), timeval_field},
    {SOL_SOCKET, SO_TIMESTAMPNS, "SO_TIMESTAMPNS", sizeof(struct timespec), timespec_field},
    {SOL_SOCKET, SO_TIMESTAMPING, "SO_TIMESTAMPING", sizeof(struct timespec), timespec_field},
    {SOL_SOCKET, SO_RXQ_OVFL, "SO_RXQ_OVFL", sizeof(uint32_t), count_field},
    {SOL_SOCKET, SO_MARK, "SO_MARK", sizeof(uint32_t), count_field},
    {SOL_SOCKET, SCM_CREDENTIALS, "SCM_CREDENTIALS", sizeof(struct ucred), ucred_field},
    {SOL_SOCKET, SCM_PIDFD, "SCM_PIDFD", sizeof(int), pidfd_field},
    {IPPROTO_TCP, TCP_CM_INQ, "TCP_CM_INQ", sizeof(int), int_field},
    {IPPROTO_UDP, UDP_GRO, "UDP_GRO", sizeof(int), int_field},
};
/* clang-format on */

static void cmsg_emit(
    struct sink *sink, unsigned conn, const struct cmsghdr *header, const char *name, struct field value)
{
    emit(sink, EVENT_CMSG, F_CONN(conn), F_NAME("level", names_level, header->cmsg_level),
        name ? F_TEXT("type", name) : F_INT("type", header->cmsg_type), value);
}

/* What a received descriptor is. */
struct descriptor {
    struct field members[3];
    char text[DESCRIPTOR_TEXT];
};

static void rights_emit(struct sink *sink, unsigned conn, const struct cmsghdr *header, size_t count)
{
    cleanup_free struct descriptor *descriptors = calloc(count + 1, sizeof(*descriptors));
    cleanup_free const struct field **list = calloc(count + 1, sizeof(const struct field *));
    if (!descriptors || !list) {
        cmsg_emit(sink, conn, header, "SCM_RIGHTS", F_HEX("value", CMSG_DATA(header), count * sizeof(int)));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct descriptor *descriptor = &descriptors[i];
        int fd;
        char path[64];
        memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, descriptor->text, DESCRIPTOR_TEXT - 1);
        descriptor->text[length > 0 ? length : 0] = '\0';
        descriptor->members[0] = F_INT("fd", fd);
        descriptor->members[1] = F_FOREIGN("is", descriptor->text);
        descriptor->members[2] = F_END;
        list[i] = descriptor->members;
    }
    cmsg_emit(sink, conn, header, "SCM_RIGHTS", F_LIST("value", list, count));
}

/* Reports what each received descriptor is, and closes them all. */
static void rights_take(struct sink *sink, unsigned conn, const struct cmsghdr *header)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    rights_emit(sink, conn, header, count);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
        call_close(sink, &fd);
    }
}

static void item_take(struct sink *sink, unsigned conn, const struct cmsghdr *header, struct room *room)
{
    size_t length = header->cmsg_len - CMSG_LEN(0);
    const void *data = CMSG_DATA(header);
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        rights_take(sink, conn, header);
        return;
    }
    const char *name = NULL;
    struct field value = F_HEX("value", data, length);
    for (size_t i = 0; i < array_size(rows); i++) {
        if (rows[i].level != header->cmsg_level || rows[i].type != header->cmsg_type)
            continue;
        name = rows[i].name;
        if (length >= rows[i].length)
            value = rows[i].field(data, room);
    }
    cmsg_emit(sink, conn, header, name, value);
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_PIDFD && length >= sizeof(int)) {
        int fd;
        memcpy(&fd, data, sizeof(fd));
        call_close(sink, &fd);
    }
}

void ancillary_take(struct sink *sink, unsigned conn, struct msghdr *message)
{
    struct room room;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
        item_take(sink, conn, header, &room);
}

void ancillary_put(struct msghdr *message, size_t room, int level, int type, const void *data, size_t length)
{
    struct cmsghdr *item = (struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);
    if (message->msg_controllen + CMSG_SPACE(length) > room)
        return;
    *item = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(length)};
    memcpy(CMSG_DATA(item), data, length);
    message->msg_controllen += CMSG_SPACE(length);
}
