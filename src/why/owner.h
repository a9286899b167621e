/* SPDX-License-Identifier: ISC */
/* The holders of a socket. */
#ifndef WHY_OWNER_H
#define WHY_OWNER_H

#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"
#include "report/event.h"

/* The holders of a socket. */
struct owner {
    struct procfs_holder first; /* a visible holder */
    int count;                  /* of visible holders */
    bool has_uid;
    uint32_t uid;
    char user[64];
    const char *note; /* what could not be found out; or NULL */
};
struct owner owner_of(const struct sockdiag_socket *socket);

/* The owner as the fields that WHO, REST and OWNER of causes.def name. */
#define F_OWNER(o)                                                                                           \
    (o)->count > 0 ? F_INT("pid", (o)->first.pid) : F_NONE,                                                  \
        (o)->count > 0 ? F_FOREIGN("program", (o)->first.program) : F_NONE,                                  \
        (o)->count > 0 ? F_INT("fd", (o)->first.fd) : F_NONE,                                                \
        (o)->count > 1 ? F_INT("others", (o)->count - 1) : F_NONE,                                           \
        (o)->has_uid ? F_INT("uid", (o)->uid) : F_NONE,                                                      \
        (o)->has_uid ? F_FOREIGN("user", (o)->user) : F_NONE, F_TEXT("owner", (o)->note)

/* The time left of a socket's timer, if that ends its state; absent for other states. */
struct field expires_field(const struct sockdiag_socket *socket);

#endif
