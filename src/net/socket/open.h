/* A socket made as the plan says, up to and including its local name. */
#ifndef NET_SOCKET_OPEN_H
#define NET_SOCKET_OPEN_H

#include "net/socket/spec.h"

/* socket(2) of the family of the address that it is about, its flags read back where -v shows them. The
 * caller owns the descriptor. -1 with *failure filled. */
int socket_make(struct sink *sink, const struct spec *spec, const struct address *about, int type_flags,
    struct failure *failure);

/* socket_make for a peer, the early options, bind to local (where its length is not 0) and the bound options,
 * told as those of connection conn (0: of none). The caller owns the descriptor. -1 with *failure filled;
 * nothing stays open then. */
int socket_open(struct sink *sink, const struct spec *spec, const struct address *peer, int type_flags,
    const struct address *local, unsigned conn, struct failure *failure);

/* Lets this process have as many descriptors as the hard limit allows: for who serves or makes many
 * connections. */
void descriptors_raise(void);

#endif
