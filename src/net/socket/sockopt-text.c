/* SPDX-License-Identifier: ISC */
/* Values of socket options: from the result of getsockopt to text and to typed fields. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "net/socket/sockopt.h"

static int int_of(const void *value, socklen_t length)
{
    int number = 0;
    memcpy(&number, value, length < sizeof(number) ? length : sizeof(number));
    return number;
}

static uint64_t uint64_of(const void *value, socklen_t length)
{
    uint64_t number = 0;
    memcpy(&number, value, length < sizeof(number) ? length : sizeof(number));
    return number;
}

/* Unsigned if the range of the option is. */
static int64_t int64_of(const struct sockopt *option, const void *value, socklen_t length)
{
    int number = int_of(value, length);
    return option->maximum > INT_MAX ? (int64_t)(unsigned)number : number;
}

static int64_t nanoseconds_of(const void *value, socklen_t length)
{
    struct timeval time = {.tv_sec = 0};
    memcpy(&time, value, length < sizeof(time) ? length : sizeof(time));
    return time.tv_sec * NS_PER_S + time.tv_usec * NS_PER_US;
}

/* "lo", or the index of an interface that has no name here; "0" for none. */
static const char *interface_text(unsigned index, char *buffer, size_t size)
{
    char name[IF_NAMESIZE];
    if (index && if_indextoname(index, name))
        return text_escape(buffer, size, name, strlen(name));
    snprintf(buffer, size, "%u", index);
    return buffer;
}

static const char *address4_text(const struct in_addr *address, char *buffer, size_t size)
{
    return inet_ntop(AF_INET, address, buffer, (socklen_t)size);
}

/* IP_MULTICAST_IF is set by a struct ip_mreqn and read as a struct in_addr. */
static const char *multicast_interface_text(const void *value, socklen_t length, char *buffer, size_t size)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    if (length < sizeof(request))
        memcpy(&request.imr_address, value,
            length < sizeof(request.imr_address) ? length : sizeof(request.imr_address));
    else
        memcpy(&request, value, sizeof(request));
    if (request.imr_ifindex)
        return interface_text((unsigned)request.imr_ifindex, buffer, size);
    return address4_text(&request.imr_address, buffer, size);
}

static const char *membership4_text(const void *value, char *buffer, size_t size)
{
    struct ip_mreqn request;
    char group[INET_ADDRSTRLEN], local[INET_ADDRSTRLEN + IF_NAMESIZE * 4];
    memcpy(&request, value, sizeof(request));
    snprintf(buffer, size, "%s,%s", address4_text(&request.imr_multiaddr, group, sizeof(group)),
        multicast_interface_text(value, sizeof(request), local, sizeof(local)));
    return buffer;
}

static const char *source4_text(const void *value, char *buffer, size_t size)
{
    struct ip_mreq_source request;
    char group[INET_ADDRSTRLEN], source[INET_ADDRSTRLEN], local[INET_ADDRSTRLEN];
    memcpy(&request, value, sizeof(request));
    snprintf(buffer, size, "%s,%s,%s", address4_text(&request.imr_multiaddr, group, sizeof(group)),
        address4_text(&request.imr_sourceaddr, source, sizeof(source)),
        address4_text(&request.imr_interface, local, sizeof(local)));
    return buffer;
}

static const char *membership6_text(const void *value, char *buffer, size_t size)
{
    struct ipv6_mreq request;
    char group[INET6_ADDRSTRLEN], interface[IF_NAMESIZE * 4];
    memcpy(&request, value, sizeof(request));
    snprintf(buffer, size, "%s,%s", inet_ntop(AF_INET6, &request.ipv6mr_multiaddr, group, sizeof(group)),
        interface_text(request.ipv6mr_interface, interface, sizeof(interface)));
    return buffer;
}

static const char *hex_text(const unsigned char *bytes, size_t length, char *buffer, size_t size)
{
    buffer[0] = '\0';
    for (size_t i = 0; i < length && 2 * i + 3 <= size; i++)
        snprintf(buffer + 2 * i, 3, "%02x", bytes[i]);
    return buffer;
}

static const char *raw_text(const void *value, socklen_t length, char *buffer, size_t size)
{
    if (length > sizeof(int))
        return hex_text(value, length, buffer, size);
    snprintf(buffer, size, "%d", int_of(value, length));
    return buffer;
}

static const char *uint64_text(uint64_t number, char *buffer, size_t size)
{
    if (number == UINT64_MAX)
        snprintf(buffer, size, "unlimited");
    else
        snprintf(buffer, size, "%" PRIu64, number);
    return buffer;
}

/* Fills in the members of a struct or an array, as C names and numbers; returns how many. */
static size_t members_fill(
    const struct sockopt *option, const void *value, socklen_t length, struct field *members, size_t most)
{
    /* linux/sock_diag.h */
    static const char *const meminfo[] = {"rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc",
        "wmem_queued", "optmem", "backlog", "drops"};
    size_t count = 0;
    if (option->type == SOCKOPT_LINGER) {
        struct linger linger = {.l_onoff = 0};
        memcpy(&linger, value, length < sizeof(linger) ? length : sizeof(linger));
        members[count++] = F_INT("l_onoff", linger.l_onoff);
        members[count++] = F_INT("l_linger", linger.l_linger);
    } else if (option->type == SOCKOPT_UCRED) {
        struct ucred credentials = {.pid = 0};
        memcpy(&credentials, value, length < sizeof(credentials) ? length : sizeof(credentials));
        /* Without such a peer the kernel returns pid 0 and all ones. */
        members[count++] = F_INT("pid", credentials.pid);
        members[count++] = F_INT("uid", (int)credentials.uid);
        members[count++] = F_INT("gid", (int)credentials.gid);
    } else if (option->type == SOCKOPT_MEMINFO) {
        for (; count < array_size(meminfo) && count + 1 < most && (count + 1) * 4 <= length; count++)
            members[count] = F_INT(meminfo[count], (unsigned)int_of((const char *)value + count * 4, 4));
    }
    members[count] = F_END;
    return count;
}

static const char *members_text(
    const struct sockopt *option, const void *value, socklen_t length, char *buffer, size_t size)
{
    struct field members[16];
    size_t used = 0, count = members_fill(option, value, length, members, array_size(members));
    buffer[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(
            buffer + used, size - used, "%s%s %" PRId64, i ? " " : "", members[i].key, members[i].number);
    return buffer;
}

static const char *gids_text(const void *value, socklen_t length, char *buffer, size_t size)
{
    size_t used = 0;
    snprintf(buffer, size, "none");
    for (size_t at = 0; at + sizeof(gid_t) <= length && used < size; at += sizeof(gid_t))
        used += (size_t)snprintf(buffer + used, size - used, "%s%u", at ? "," : "",
            (unsigned)int_of((const char *)value + at, sizeof(gid_t)));
    return buffer;
}

const char *sockopt_value_text(
    const struct sockopt *option, const void *value, socklen_t length, char *buffer, size_t size)
{
    char room[NAME_TEXT_MAX];
    int number = int_of(value, length);
    switch (option->type) {
    case SOCKOPT_INT:
    case SOCKOPT_BOOL: snprintf(buffer, size, "%" PRId64, int64_of(option, value, length)); break;
    case SOCKOPT_NAME:
        snprintf(buffer, size, "%s", name_text(option->names, number, room, sizeof(room)));
        break;
    case SOCKOPT_FLAGS: return name_flags_text(option->names, (unsigned)number, buffer, size);
    case SOCKOPT_UINT64: return uint64_text(uint64_of(value, length), buffer, size);
    case SOCKOPT_TIMEVAL: return duration_text(nanoseconds_of(value, length), buffer, size);
    case SOCKOPT_TEXT: return text_escape(buffer, size, value, strnlen(value, length));
    case SOCKOPT_INTERFACE: return interface_text((unsigned)number, buffer, size);
    case SOCKOPT_INTERFACE_NET: return interface_text(ntohl((unsigned)number), buffer, size);
    case SOCKOPT_PORT_RANGE:
        snprintf(buffer, size, "%u-%u", (unsigned)number & 0xffff, (unsigned)number >> 16);
        break;
    case SOCKOPT_ADDRESS4: return multicast_interface_text(value, length, buffer, size);
    case SOCKOPT_MEMBERSHIP4: return membership4_text(value, buffer, size);
    case SOCKOPT_SOURCE4: return source4_text(value, buffer, size);
    case SOCKOPT_MEMBERSHIP6: return membership6_text(value, buffer, size);
    case SOCKOPT_BYTES: return hex_text(value, length, buffer, size);
    case SOCKOPT_ERRNO: snprintf(buffer, size, "%s", errno_name(number)); break;
    case SOCKOPT_GIDS: return gids_text(value, length, buffer, size);
    case SOCKOPT_LINGER:
    case SOCKOPT_UCRED:
    case SOCKOPT_MEMINFO: return members_text(option, value, length, buffer, size);
    case SOCKOPT_RAW: return raw_text(value, length, buffer, size);
    }
    return buffer;
}

struct field sockopt_field(const char *key, const struct sockopt *option, const void *value, socklen_t length,
    struct sockopt_room *room)
{
    int number = int_of(value, length);
    switch (option->type) {
    case SOCKOPT_INT: return F_INT(key, int64_of(option, value, length));
    case SOCKOPT_BOOL: return F_SWITCH(key, number != 0);
    case SOCKOPT_NAME: return F_NAME(key, *option->names, number);
    case SOCKOPT_FLAGS: return F_FLAGS(key, *option->names, (unsigned)number);
    case SOCKOPT_UINT64: return F_COUNT(key, uint64_of(value, length));
    case SOCKOPT_TIMEVAL: return F_TIME(key, nanoseconds_of(value, length));
    case SOCKOPT_TEXT: return F_BYTES(key, value, strnlen(value, length));
    case SOCKOPT_BYTES: return F_HEX(key, value, length);
    case SOCKOPT_RAW:
        if (length <= sizeof(int))
            return F_INT(key, number);
        return F_HEX(key, value, length);
    case SOCKOPT_LINGER:
    case SOCKOPT_UCRED:
    case SOCKOPT_MEMINFO:
        members_fill(option, value, length, room->members, array_size(room->members));
        room->object = room->members;
        return field_object(key, &room->object);
    default: break;
    }
    return F_TEXT(key, sockopt_value_text(option, value, length, room->text, sizeof(room->text)));
}
