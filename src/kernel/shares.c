/* SPDX-License-Identifier: ISC */
/* Whether a socket would share its port: tried out. */
#include "kernel/shares.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/cleanup.h"

int shares_port(const struct sockdiag_socket *socket_)
{
    int on = 1, v6only = socket_->v6only;
    cleanup_fd int fd = socket(socket_->family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    char interface[IF_NAMESIZE];
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
        return -1;
    if (socket_->family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0)
        return -1;
    if (socket_->interface != 0 &&
        (!if_indextoname(socket_->interface, interface) ||
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, sizeof(interface)) < 0))
        return -1;
    if (bind(fd, &socket_->local.sa, socket_->local.length) == 0)
        return 1;
    return errno == EADDRINUSE ? 0 : -1;
}
