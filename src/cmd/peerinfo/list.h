/* SPDX-License-Identifier: ISC */
/* What the files of the list share: a look at the sockets of the host, and how one is shown. */
#ifndef CMD_PEERINFO_LIST_H
#define CMD_PEERINFO_LIST_H

#include "cmd/peerinfo/peerinfo.h"

/* The names of users that were asked for; asking takes a file or more each time. */
#define USERS_MAX 32
struct users {
    struct user {
        bool is_known;
        uint32_t uid;
        char name[64];
    } items[USERS_MAX];
};

/* The name, or the number of a user without one; valid until the next call. */
const char *users_name(struct users *users, uint32_t uid);

/* A socket of the list. Its holders belong to the look. */
struct listed {
    struct sockdiag_socket socket;
    const struct procfs_holder *holders; /* NULL: none is visible */
    size_t count;
    const struct procfs_holder *peer; /* unix: a holder of the socket it is connected to */
    const char *owner;                /* why there are no holders; NULL: there are */
    const struct netns *netns;        /* another namespace than ours that it is in; NULL: ours */
    bool is_hidden;                   /* it has some, as far as can be known */
};

/* One look at the sockets that the filter wants. Begins as zeros with the first two, ends by look_free(). */
struct look {
    const struct peerinfo_options *options;
    struct sink *sink;
    struct holders holders;
    bool is_walked; /* holders have been read */
    struct users users;
    const struct netns *netns; /* that is being looked at, as in struct listed */
    uint64_t shown, hidden;    /* sockets, and those of them without a visible holder */
    const char *note;          /* why some are hidden */
    bool is_kept;              /* look_keep() has been called: items are all that are shown */
    struct listed *items;
    size_t count;
    struct groups *groups; /* of counts_emit(), while it looks */
};
void look_free(struct look *look);
#define cleanup_look __attribute__((cleanup(look_free)))

/*
 * Calls visit for each socket in the kernel's order, with its holders, and counts it. The look ends if visit
 * returns other than 0. 0, what visit returned, or -1 with errno.
 */
typedef int look_visit(struct look *look, const struct listed *listed);
int look_each(struct look *look, look_visit *visit);

/* Keeps them all, in that order. 0, or -1 with errno. */
int look_keep(struct look *look);

/* What a list can be sorted by; by cookie it can be compared with another one. */
enum list_order {
    ORDER_NONE,
    ORDER_PORT,
    ORDER_LOCAL,
    ORDER_PEER,
    ORDER_STATE,
    ORDER_USER,
    ORDER_PROGRAM,
    ORDER_PID,
    ORDER_QUEUE, /* the longest first */
    ORDER_COOKIE,
};
void look_sort(struct look *look, enum list_order order);

/* "tcp", "udp", "unix-stream" ... */
const char *listed_kind(const struct sockdiag_socket *socket);

/* Emits its line as an event of this kind; was: its state at the look before, or -1; wall: the time of day,
 * or NULL. */
void listed_emit(
    struct look *look, enum event_kind kind, const struct listed *listed, int was, const char *wall);

/* Emits the sockets that appeared, changed or have gone between two looks, both sorted by cookie. */
void changes_between_emit(struct look *before, struct look *now);

/* Emits how many sockets have the same fields of --count-by, of a look that has kept them, or else looks;
 * with before only the counts that differ. At most `most` of them. 0, or -1 with errno. */
int counts_emit(struct look *before, struct look *now, size_t most);

#endif
