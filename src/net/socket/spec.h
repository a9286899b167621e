/* The plan of a socket: what is to be opened and how. Filled from the options before the first call, read by
 * net/. */
#ifndef NET_SOCKET_SPEC_H
#define NET_SOCKET_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "net/socket/sockopt.h"
#include "net/watch/watch.h"

/* Times are nanoseconds; -1 means no limit. Texts are borrowed from argv. */
struct spec {
    int family; /* AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX */
    int type;   /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
    bool numeric;
    const char *host, *service;               /* host NULL: wildcard of a listener */
    const char *source_host, *source_service; /* local end of a connect; NULL: the kernel's choice */
    const char *path;                         /* AF_UNIX: "@name" is abstract */
    struct settings settings;
    int64_t connect_timeout, accept_timeout, idle_timeout;
    int64_t retry;            /* go on trying to connect for this long; -1: once */
    bool blocking;            /* connect(2) without O_NONBLOCK */
    bool connect_again;       /* call connect(2) once more, while it is pending and after */
    bool show_syn;            /* of a listener: keep each SYN and tell what it offered */
    int backlog;              /* -1: the default */
    int stop_fd;              /* readable when the user wants an end (a signalfd); -1: none */
    bool wire;                /* show the TCP segments */
    struct wire_watch *wires; /* where connections are made known for that; NULL: nowhere */
    struct watch_list *watch; /* served wherever something is waited for; the clock of the limits */
};

#define SPEC_DEFAULTS                                                                                        \
    {                                                                                                        \
        .type = SOCK_STREAM, .connect_timeout = -1, .accept_timeout = -1, .idle_timeout = -1, .retry = -1,   \
        .backlog = -1, .stop_fd = -1                                                                         \
    }

#endif
