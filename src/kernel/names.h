/* What /etc says of names: name servers, sources of names, users. */
#ifndef KERNEL_NAMES_H
#define KERNEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The name servers of /etc/resolv.conf as they stand there, at most max (the resolver itself uses three). How
 * many. */
#define PROCFS_NAMESERVER_MAX 64
int procfs_nameservers(char (*servers)[PROCFS_NAMESERVER_MAX], int max);

/* The sources of a database ("hosts", "services") as /etc/nsswitch.conf lists them: "files dns"; false when
 * it does not. */
bool procfs_name_sources(const char *database, char *text, size_t size);

/* The user's name, or NULL when the uid has none. */
const char *procfs_user(uid_t uid, char *buffer, size_t size);

#endif
