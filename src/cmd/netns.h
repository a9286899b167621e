/* SPDX-License-Identifier: ISC */
/* --netns: another network namespace than our own. */
#ifndef CMD_NETNS_H
#define CMD_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/option.h"
#include "report/event.h"

/* Offsets are into a struct report_options. */
extern const struct option_row netns_rows[], netns_all_rows[];

/* What --netns takes besides a name if it is of netns_all_rows. */
#define NETNS_ALL "all"

/* Joins the namespace NAME of /run/netns, of process NAME, or at the path NAME. EXIT_DONE, or EXIT_USAGE or
 * EXIT_MISSING, and error says why. To be called before anything asks for an interface or opens a socket. */
int netns_join(const char *name, char *error, size_t size);

/* A network namespace of this host. */
struct netns {
    char *name;     /* in /run/netns; NULL: none */
    ino_t inode;    /* net:[INODE] in /proc/PID/ns */
    int diagnostic; /* a sock_diag socket in it; 0: our own namespace, where each question opens one */
};

struct netns_list {
    struct netns *items; /* our own first */
    size_t count;
    size_t unjoined; /* that could not be joined */
};

/* Opens a sock_diag socket in every namespace that /run/netns and /proc/PID/ns show. EXIT_DONE or
 * EXIT_MISSING, as above; in both cases netns_list_free() it. */
int netns_list_open(struct netns_list *list, char *error, size_t size);
void netns_list_free(struct netns_list *list);

/* "NAME", or "net:[INODE]". Returns buffer. */
#define NETNS_TEXT_MAX 288
const char *netns_text(const struct netns *netns, char buffer[NETNS_TEXT_MAX]);

#endif
