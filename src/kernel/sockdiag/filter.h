/* SPDX-License-Identifier: ISC */
/* Which sockets are wanted: a selection as data, matched here, and compiled for the kernel. */
#ifndef KERNEL_SOCKDIAG_FILTER_H
#define KERNEL_SOCKDIAG_FILTER_H

#include <netinet/tcp.h>

#include "base/ports.h"
#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"

/* Several ports or prefixes of one kind are alternatives; a set that was not given accepts all. */
struct filter_ports {
    bool given;
    struct ports ports;
};

struct filter_prefix {
    struct address address; /* AF_INET or AF_INET6; its port does not count, a scope does */
    unsigned bits;          /* of its beginning that must agree */
};

#define FILTER_PREFIXES_MAX 16
struct filter_prefixes {
    struct filter_prefix items[FILTER_PREFIXES_MAX];
    size_t count;
};

/* What is given must all hold. */
struct socket_filter {
    bool tcp, udp, local; /* the kinds, local: unix sockets; none given: TCP and UDP */
    int family;           /* of TCP and UDP: AF_INET or AF_INET6; AF_UNSPEC: both */
    uint32_t states;      /* SOCKDIAG_STATE() bits; 0: any */
    bool listening;       /* sockets that wait for peers: listeners, and UDP sockets without a peer */
    struct filter_ports either_port, local_port, peer_port;
    struct filter_prefixes local_prefix, peer_prefix;
    uint32_t interface;  /* index of the one that the socket is bound to; 0: any */
    int64_t uid;         /* -1: any */
    int pid;             /* of a holder; -1: any */
    int socket;          /* of sockdiag_open(), to ask in another namespace; 0: in ours */
    const char *program; /* of a holder, as in /proc/PID/comm; NULL: any */
};
#define SOCKET_FILTER_DEFAULTS                                                                               \
    {                                                                                                        \
        .uid = -1, .pid = -1                                                                                 \
    }
/* Takes every socket; too large for the stack. */
extern const struct socket_filter socket_filter_all;

/* Groups of TCP states. */
#define FILTER_CONNECTED (SOCKDIAG_ANY_STATE & ~(SOCKDIAG_STATE(TCP_LISTEN) | SOCKDIAG_STATE(TCP_CLOSE)))
/* One end or both have sent FIN. */
#define FILTER_CLOSING                                                                                       \
    (SOCKDIAG_STATE(TCP_FIN_WAIT1) | SOCKDIAG_STATE(TCP_FIN_WAIT2) | SOCKDIAG_STATE(TCP_CLOSE_WAIT) |        \
        SOCKDIAG_STATE(TCP_CLOSING) | SOCKDIAG_STATE(TCP_LAST_ACK) | SOCKDIAG_STATE(TCP_TIME_WAIT))
/* RFC 9293, section 3.5.1: both ends have acknowledged the other's SYN. */
#define FILTER_SYNCHRONIZED (SOCKDIAG_STATE(TCP_ESTABLISHED) | FILTER_CLOSING)

/* Whether the filter wants the socket, as far as its holders do not decide that. */
bool filter_wants(const struct socket_filter *filter, const struct sockdiag_socket *socket);
/* The same whatever its state. */
bool filter_wants_in_any_state(const struct socket_filter *filter, const struct sockdiag_socket *socket);

/* Whether it depends on the holders, and whether one of them is wanted. */
bool filter_needs_holder(const struct socket_filter *filter);
bool filter_wants_holder(
    const struct socket_filter *filter, const struct procfs_holder *holders, size_t count);

/* The states to ask for, as bits of SOCKDIAG_STATE(), for sockets of a protocol (0: unix); 0: none at all. */
uint32_t filter_states(const struct socket_filter *filter, int protocol);

/*
 * Writes the ports, prefixes and interface as a program of inet_diag (INET_DIAG_REQ_BYTECODE), which the
 * kernel runs on each socket. Returns its length; 0 if all are wanted. What would be too long is left out:
 * filter_wants() judges the answers all the same.
 */
#define FILTER_CODE_MAX SOCKDIAG_CODE_MAX
size_t filter_compile(const struct socket_filter *filter, unsigned char code[FILTER_CODE_MAX]);

/*
 * Calls visit, as sockdiag_each() does, for each socket that filter_wants(). tcpinfo: fetch struct tcp_info
 * too. A missing kind (a kernel without unix_diag or IPv6) has no sockets.
 */
int filter_each(const struct socket_filter *filter, bool tcpinfo, sockdiag_visit *visit, void *data);

#endif
