/* SPDX-License-Identifier: ISC */
/* Opens a socket as the plan says, up to and including its local name. */
#ifndef NET_SOCKET_OPEN_H
#define NET_SOCKET_OPEN_H

#include "net/socket/spec.h"

/* socket(2) for the family of address; reads its flags back if -v shows them. The caller owns the descriptor.
 * -1 with *failure filled. */
int socket_make(struct sink *sink, const struct spec *spec, const struct address *about, int type_flags,
    struct failure *failure);

/* socket_make for a peer, then sets the early options, binds to local (unless its length is 0) and sets the
 * bound options, reported for connection conn (0: none). The caller owns the descriptor. -1 with *failure
 * filled and nothing open. */
int socket_open(struct sink *sink, const struct spec *spec, const struct address *peer, int type_flags,
    const struct address *local, unsigned conn, struct failure *failure);

/* Raises the limit of descriptors to the hard limit, for commands with many connections. */
void descriptors_raise(void);

#endif
