/* SPDX-License-Identifier: ISC */
/* What a descriptor reveals about its socket: everything that can be read without changing anything. */
#ifndef NET_SOCKET_INSPECT_H
#define NET_SOCKET_INSPECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/address.h"
#include "kernel/tcpinfo.h"
#include "report/event.h"

/* What a kind of socket does not have is -1, or empty. */
struct inspection {
    int family, type, protocol;
    struct address local, peer;
    bool listening;
    int state;                       /* TCP_INFO's */
    int open_flags;                  /* F_GETFL */
    int close_on_exec;               /* F_GETFD: 0 or 1 */
    int input;                       /* SIOCINQ: bytes; of datagrams, those of the next one */
    int output;                      /* SIOCOUTQ, bytes not acknowledged or not read by the peer */
    int unsent;                      /* SIOCOUTQNSD, the part of these that was never sent */
    int receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF */
    uint64_t cookie;                 /* 0: none */
    uint64_t netns; /* SO_NETNS_COOKIE, if it is in another namespace than ours; 0: it is not */
    uint64_t inode;
    int64_t owner; /* its user: the creator, or the one set by fchown(2) */
    int64_t drops; /* messages dropped for lack of room */
    struct tcpinfo tcpinfo;
    bool has_credentials; /* unix: SO_PEERCRED */
    pid_t pid;            /* 0: not visible from this PID namespace */
    uid_t uid;
    gid_t gid;
    bool has_pidfd; /* SO_PEERPIDFD, Linux 6.5 */
    pid_t pidfd;    /* the process behind it; 0 if it has ended or is not visible */
};

/* 0, or -1 with errno: EBADF, ENOTSOCK. */
int inspect(struct sink *sink, int fd, struct inspection *inspection);

#endif
