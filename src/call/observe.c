/* SPDX-License-Identifier: ISC */
/* What a socket says of itself, asked without a report; see observe.h. */
#include "call/observe.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int socket_state(int fd)
{
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t length = sizeof(info.tcpi_state);
    int saved = errno;
    int result = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
    errno = saved;
    return result < 0 ? -1 : info.tcpi_state;
}

int socket_option(int fd, int level, int option)
{
    int value = -1, saved = errno;
    socklen_t length = sizeof(value);
    int result = getsockopt(fd, level, option, &value, &length);
    errno = saved;
    return result < 0 ? -1 : value;
}

static uint64_t number_of(int fd, int option)
{
    uint64_t number = 0;
    int saved = errno;
    socklen_t length = sizeof(number);
    int result = getsockopt(fd, SOL_SOCKET, option, &number, &length);
    errno = saved;
    return result < 0 ? 0 : number;
}

uint64_t socket_cookie(int fd)
{
    return number_of(fd, SO_COOKIE);
}

uint64_t socket_netns(int fd)
{
    return number_of(fd, SO_NETNS_COOKIE);
}

int64_t socket_drops(int fd)
{
    uint32_t values[SK_MEMINFO_VARS];
    int saved = errno;
    socklen_t length = sizeof(values);
    int result = getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length);
    errno = saved;
    if (result < 0 || length <= SK_MEMINFO_DROPS * sizeof(values[0]))
        return -1;
    return values[SK_MEMINFO_DROPS];
}

int socket_type(int fd)
{
    return socket_option(fd, SOL_SOCKET, SO_TYPE);
}

int socket_family(int fd)
{
    return socket_option(fd, SOL_SOCKET, SO_DOMAIN);
}

struct address socket_local(int fd)
{
    struct address address = {.length = sizeof(address.storage)};
    int saved = errno;
    if (getsockname(fd, &address.sa, &address.length) < 0)
        address.length = 0;
    errno = saved;
    return address;
}

struct address socket_peer(int fd)
{
    struct address address = {.length = sizeof(address.storage)};
    int saved = errno;
    if (getpeername(fd, &address.sa, &address.length) < 0)
        address.length = 0;
    errno = saved;
    return address;
}

int socket_input_queued(int fd)
{
    int length = -1, saved = errno;
    if (ioctl(fd, SIOCINQ, &length) < 0)
        length = -1;
    errno = saved;
    return length;
}

int socket_output_queued(int fd)
{
    int length = -1, saved = errno;
    if (ioctl(fd, SIOCOUTQ, &length) < 0)
        length = -1;
    errno = saved;
    return length;
}
