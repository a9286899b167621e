/* SPDX-License-Identifier: ISC */
/* What /etc says about names: name servers, sources of names, users. */
#ifndef KERNEL_NAMES_H
#define KERNEL_NAMES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Copies the name servers of /etc/resolv.conf that are addresses, at most max (the resolver itself uses
 * three). Returns how many, or -1 with errno (ENOENT: there is no such file). */
#define PROCFS_NAMESERVER_MAX 64
int procfs_nameservers(char (*servers)[PROCFS_NAMESERVER_MAX], int max);

#ifndef __GLIBC__
/* The search list of /etc/resolv.conf, and how many dots a name needs to be tried as it is first; with glibc
 * res_ninit() has it. */
#define PROCFS_SEARCH_MAX 6
#define PROCFS_DOMAIN_MAX 256
struct procfs_search {
    char domains[PROCFS_SEARCH_MAX][PROCFS_DOMAIN_MAX];
    int count;
    unsigned ndots;
};
void procfs_search(struct procfs_search *search);
#endif

/* The sources that /etc/nsswitch.conf lists for a database ("hosts", "services"), such as "files dns"; false
 * if it does not list any. */
bool procfs_name_sources(const char *database, char *text, size_t size);

/* Whether /etc/hosts has the name with an address of the family: the first, as it stands there. */
bool names_hosts(const char *name, int family, char text[INET6_ADDRSTRLEN]);

/* Whether /etc/hosts has the name with this address, as text. */
bool names_hosts_has(const char *name, const char *address);

/* Whether /etc/gai.conf changes the order of addresses. */
bool names_order_is_changed(void);

/* The user's name; NULL if the uid has none. */
const char *procfs_user(uid_t uid, char *buffer, size_t size);

/* The uid of a user's name; false if there is no such user. */
bool procfs_user_id(const char *name, uid_t *uid);

#endif
