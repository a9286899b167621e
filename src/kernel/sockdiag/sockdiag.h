/* SPDX-License-Identifier: ISC */
/*
 * The kernel's own list of sockets, read over NETLINK_SOCK_DIAG: TCP and UDP of both families, and unix
 * sockets. Needs no privilege, shows the sockets of every user in this network namespace, and changes none of
 * them.
 */
#ifndef KERNEL_SOCKDIAG_SOCKDIAG_H
#define KERNEL_SOCKDIAG_SOCKDIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "kernel/tcpinfo.h"

/* The timer that is running on a TCP socket (idiag_timer). */
enum sockdiag_timer {
    SOCKDIAG_TIMER_NONE,
    SOCKDIAG_TIMER_RETRANSMIT, /* also that of the SYN-ACK in SYN_RECV */
    SOCKDIAG_TIMER_KEEPALIVE,  /* also the life of an orphaned FIN_WAIT2 that is still a full socket */
    SOCKDIAG_TIMER_TIME_WAIT,  /* the rest of TIME_WAIT or of an orphaned FIN_WAIT2 */
    SOCKDIAG_TIMER_PROBE,      /* zero-window probes */
};

/* One socket in the kernel's list. What its kind does not have is 0, or length 0 for an address. */
struct sockdiag_socket {
    int family;           /* AF_INET, AF_INET6, AF_UNIX */
    int type;             /* SOCK_* */
    int protocol;         /* IPPROTO_TCP, IPPROTO_UDP, 0 for unix */
    int state;            /* TCP's numbers for all kinds: a bound UDP or unix socket is CLOSE, a connected one
                           * ESTABLISHED */
    struct address local; /* unix: empty if unnamed */
    struct address peer;  /* empty if there is none, and always for unix: see peer_inode */
    uint32_t interface;   /* index the socket is bound to; 0: none */
    uint32_t uid;         /* of the owner; meaningless if inode is 0 */
    uint32_t inode;       /* 0: no descriptor refers to it, see sockdiag_is_owned() */
    uint64_t cookie;      /* SO_COOKIE; the same up to TIME_WAIT */
    uint32_t file_inode;  /* unix, bound to a path: st_ino of the socket's file (low 32 bits) */
    uint64_t file_device; /* and st_dev */
    uint32_t peer_inode;  /* unix: the socket it is connected to */
    uint32_t receive_queue; /* bytes; LISTEN: connections waiting for accept(); an unread FIN counts 1 */
    uint32_t send_queue;    /* bytes neither acknowledged nor read by the peer; LISTEN: the limit of the
                             * accept queue */
    enum sockdiag_timer timer;
    int64_t expires;      /* ns until the timer expires; 0: none */
    unsigned retransmits; /* of the timer: retransmissions or probes in a row */
    bool has_shutdown;
    unsigned shutdown; /* bit 0: receiving is shut down, bit 1: sending is */
    bool v6only;       /* IPV6_V6ONLY of a listening or merely bound socket */
    bool has_memory;
    uint32_t receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF */
    uint32_t send_memory;   /* what the send queue occupies of send_buffer: from there on, writers wait */
    uint32_t drops;         /* datagrams or segments dropped for lack of room; LISTEN: SYNs and ACKs too */
    char congestion[16];    /* TCP_CONGESTION; "" if there is none */
    struct tcpinfo tcpinfo; /* empty if there is none: UDP, unix, TIME_WAIT, SYN_RECV */
};

/* TCP states as bits of sockdiag_query.states. */
#define SOCKDIAG_ANY_STATE                                                                                   \
    UINT32_C(0xffffffff) /* with TIME_WAIT, SYN_RECV and, since Linux 6.8, merely bound sockets */
#define SOCKDIAG_STATE(state) (UINT32_C(1) << (state))

/* The most bytes of sockdiag_query.code. */
#define SOCKDIAG_CODE_MAX 4096

/* Which sockets to list. */
struct sockdiag_query {
    int family;   /* AF_INET, AF_INET6 or AF_UNIX; an IPv4 connection of an IPv6 socket counts as AF_INET6 */
    int protocol; /* IPPROTO_TCP or IPPROTO_UDP; 0 for AF_UNIX */
    uint32_t states;  /* 0: any */
    int port;         /* local port, 0: any */
    uint64_t cookie;  /* 0: any */
    uint32_t inode;   /* 0: any */
    bool tcpinfo;     /* fetch struct tcp_info too, which costs time if there are many connections */
    bool is_brief;    /* fetch only memory and drops besides: no shutdown, no congestion control */
    int socket;       /* of sockdiag_open(), for the namespace that it was opened in; 0: in ours */
    const void *code; /* what the kernel selects by, see filter_compile(); not for AF_UNIX */
    size_t code_length;
};

/*
 * Calls visit for each socket that the query wants, in the kernel's order; the socket is valid only during
 * the call. A visit that returns other than 0 ends the walk. 0, what visit returned, or -1 with errno.
 */
typedef int sockdiag_visit(const struct sockdiag_socket *socket, void *data);
int sockdiag_each(const struct sockdiag_query *query, sockdiag_visit *visit, void *data);

/* Returns a descriptor for sockdiag_query.socket, which the caller closes; -1 with errno. */
int sockdiag_open(void);

/* The first socket that the query wants; a unix one with a given inode takes a lookup, not a walk. 1 found, 0
 * there is none, -1 with errno. */
int sockdiag_find(const struct sockdiag_query *query, struct sockdiag_socket *found);

/*
 * The unix socket that is bound to the file at path or to the abstract name. Several may have the name:
 * prefers one of type (SOCK_*), because each type has abstract names of its own, and a listener, because
 * accepted sockets share its name. The path that a socket itself reports does not count, because it may be
 * relative to another directory. 1 found, 0 there is none (or no such file), -1 with errno.
 */
int sockdiag_find_unix(const struct address *name, int type, struct sockdiag_socket *found);

/*
 * The TCP or UDP socket of exactly this connection, in any state, even TIME_WAIT: one lookup in the kernel's
 * hash table (some ten microseconds), not a walk. Accepts IPv4-mapped addresses. cookie 0 is any. 1 found, 0
 * there is none, -1 with errno.
 */
int sockdiag_lookup(int protocol, const struct address *local, const struct address *peer, uint64_t cookie,
    struct sockdiag_socket *found);

/*
 * Whether a process holds the socket: it has an inode, or it waits in an accept queue, where it has none yet
 * and will belong to the listener's owner. The others (TIME_WAIT, closed in FIN_WAIT2, LAST_ACK …) belong to
 * the kernel: no process will read from them, and their uid means nothing.
 */
bool sockdiag_is_owned(const struct sockdiag_socket *socket);
/* Why a socket without an inode has no holder, in words. */
const char *sockdiag_unheld_note(const struct sockdiag_socket *socket);

enum sockdiag_holder {
    SOCKDIAG_HELD,   /* a process has it, or will have it by accept() */
    SOCKDIAG_ORPHAN, /* it was closed: only the kernel still has it */
    SOCKDIAG_ABSENT, /* unknown here: on another host, in another namespace, or gone */
};

/*
 * Who holds the other end of a TCP connection within this host; local and peer are getsockname() and
 * getpeername() of this end. -1 with errno if the question failed.
 */
int sockdiag_other_end(const struct address *local, const struct address *peer);

/*
 * Returns a non-blocking netlink descriptor that receives a message when a TCP or UDP socket of this network
 * namespace ceases to exist, with its last tcp_info. The caller closes it. -1 with errno.
 */
int sockdiag_destroy_open(bool tcp, bool udp);

/*
 * Reads the sockets that have ceased to exist since the last call, in the form of sockdiag_each(); their
 * state is always CLOSE. 0 if nothing is left to read, what visit returned, or -1 with errno (ENOBUFS: some
 * were lost).
 */
int sockdiag_destroy_read(int fd, sockdiag_visit *visit, void *data);

#endif
