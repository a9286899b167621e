/* SPDX-License-Identifier: ISC */
/* The old lookup functions of <netdb.h> (--api of resolve and reverse): every member of their results. */
#ifndef CMD_RESOLVE_NETDB_H
#define CMD_RESOLVE_NETDB_H

#include "call/lookup.h"

/* Each calls its function, reports the result, and shows with a second call that it is static storage.
 * Returns the exit status. */
int gethostbyname_report(struct sink *sink, const char *name);
int gethostbyaddr_report(struct sink *sink, const struct address *address);
/* protocol: NULL for any. */
int getservbyname_report(struct sink *sink, const char *name, const char *protocol);
/* port: in host order. */
int getservbyport_report(struct sink *sink, int port, const char *protocol);

#endif
