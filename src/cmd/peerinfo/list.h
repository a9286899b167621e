/* What the files of the list share: one socket with its holders, and its line. */
#ifndef CMD_PEERINFO_LIST_H
#define CMD_PEERINFO_LIST_H

#include "kernel/sockdiag/holders.h"
#include "kernel/sockdiag/sockdiag.h"
#include "report/event.h"

/* The names of users that were asked for; asking takes a file or more each time. */
#define USERS_MAX 64
struct users {
    struct user {
        bool is_known;
        uint32_t uid;
        char name[64];
    } items[USERS_MAX];
};

/* The name, or the number of a user without one; valid until the next call. */
const char *users_name(struct users *users, uint32_t uid);

/* A socket of the list. Borrows all. */
struct listed {
    const struct sockdiag_socket *socket;
    const struct procfs_holder *holders; /* NULL: none is visible */
    size_t count;
    const struct procfs_holder *peer_holders; /* unix: of the socket it is connected to */
    size_t peer_count;
    const char *owner; /* why there are no holders; NULL: there are */
    bool is_hidden;    /* it has some, as far as can be known */
    const char *user;  /* NULL: it has none */
};

/* "tcp", "udp", "unix-stream" ... */
const char *listed_kind(const struct sockdiag_socket *socket);

/* Emits its line as an event of this kind; was: its state at the look before, or -1; wall: the time of day,
 * or NULL. */
void listed_emit(
    struct sink *sink, enum event_kind kind, const struct listed *listed, int was, const char *wall);

#endif
