/* SPDX-License-Identifier: ISC */
/* The plan of a socket: what to open and how. Filled from the options before the first call, read by net/. */
#ifndef NET_SOCKET_SPEC_H
#define NET_SOCKET_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "net/socket/sockopt.h"

/* Times are nanoseconds; -1 means no limit. Texts are borrowed from argv. */
struct spec {
    int family; /* AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX */
    int type;   /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
    bool numeric;
    const char *host, *service;               /* host NULL: wildcard for a listener */
    const char *source_host, *source_service; /* local end of a connect; NULL: chosen by the kernel */
    const char *path;                         /* AF_UNIX: "@name" is abstract */
    struct settings settings;
    int64_t connect_timeout, accept_timeout, idle_timeout;
    int64_t timeout;    /* what set all three at once; -1: nothing did */
    int64_t retry;      /* retry connecting for this long; -1: try once */
    bool blocking;      /* connect(2) without O_NONBLOCK */
    bool deferrable;    /* TCP_FASTOPEN_CONNECT may leave the SYN to the first data */
    bool connect_again; /* call connect(2) again, while it is pending and afterwards */
    bool show_syn;      /* for a listener: save each SYN and report what it offered */
    int backlog;        /* -1: the default */
    bool wire;          /* show the TCP segments */
    bool times;         /* show where the time of a connect went */
};

#define SPEC_DEFAULTS                                                                                        \
    {                                                                                                        \
        .type = SOCK_STREAM, .connect_timeout = -1, .accept_timeout = -1, .idle_timeout = -1, .timeout = -1, \
        .retry = -1, .backlog = -1                                                                           \
    }
/* The same for all who only read it: it holds sets of ports, too large for the stack. */
extern const struct spec spec_defaults;

#endif
