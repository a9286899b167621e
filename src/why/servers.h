/* SPDX-License-Identifier: ISC */
/* Who serves an address of this host, and who nearly does. */
#ifndef WHY_SERVERS_H
#define WHY_SERVERS_H

#include "kernel/sockdiag/sockdiag.h"
#include "why/failure.h"

#define SERVERS_MOST 16

struct servers {
    struct address peer; /* the address that is meant: 0.0.0.0 and :: are loopback's */
    int protocol;
    unsigned interface; /* by which its packets are taken to come in */
    struct address own; /* of the socket that asks; length 0: not known */
    /* The sockets that the kernel prefers for the address (several with SO_REUSEPORT), and their count. */
    struct sockdiag_socket at[SERVERS_MOST];
    size_t count;
    int rank;                       /* of these */
    struct sockdiag_socket near;    /* serves the port on another address, family or interface */
    struct sockdiag_socket idle;    /* TCP: bound to the address, neither listening nor connected */
    struct sockdiag_socket engaged; /* UDP: bound to the address, connected to another peer */
    bool has_near, has_idle, has_engaged;
};

/* The address that the failed socket meant; 0.0.0.0 and :: are its own end, or loopback. */
struct address servers_target(const struct failure *failure);

/* Looks for those that serve the address of the failure by that protocol. The caller frees it; NULL if they
 * cannot be listed. */
struct servers *servers_find(const struct failure *failure, int protocol);

/* Whether the socket takes only what comes in by another interface than the packets to the address do. */
bool servers_is_elsewhere(const struct servers *servers, const struct sockdiag_socket *socket);

/* How many of those that the kernel prefers have an accept queue that is full; *full is the first. */
size_t servers_full(const struct servers *servers, const struct sockdiag_socket **full);

#endif
