/* SPDX-License-Identifier: ISC */
/*
 * Lookups of names and numbers: the library calls, made here and reported as such ("library": true). The
 * sockets that libc opens for them are not reported.
 *
 * call_getaddrinfo() and call_getnameinfo() are declared in call.h.
 */
#ifndef CALL_LOOKUP_H
#define CALL_LOOKUP_H

#include <netdb.h>
#include <stdint.h>

#include "base/address.h"
#include "report/event.h"

/* One getaddrinfo(3): the question and its result. */
struct lookup {
    const char *host, *service;   /* NULL: none */
    const struct addrinfo *hints; /* NULL: none */
    struct addrinfo *list;        /* the owner of the lookup calls freeaddrinfo() */
    int code;                     /* 0 or EAI_* */
    int error;                    /* the errno that explains the code, if there is one; else 0 */
    const char *refused;          /* why the call was not made, or NULL; the code is EAI_NONAME then */
    int64_t elapsed;              /* nanoseconds */
};

/* Makes the call without reporting it; any thread may do so. */
void lookup_make(struct lookup *lookup);

/* Reports the call, if it was made. */
void lookup_call_emit(struct sink *sink, const struct lookup *lookup);

/* One getnameinfo(3) for the name of an address, which must have one (NI_NAMEREQD). */
struct naming {
    struct address address;
    char host[NI_MAXHOST];
    int code, error; /* as in struct lookup */
    int64_t elapsed;
};

/* As lookup_make() and lookup_call_emit(). */
void naming_make(struct naming *naming);
void naming_call_emit(struct sink *sink, const struct naming *naming);

/* The old functions. The result is in static storage, which the next call of the same function overwrites. On
 * NULL the first two leave the reason in h_errno (if NETDB_INTERNAL: errno); the last two give none. */
struct hostent *call_gethostbyname(struct sink *sink, const char *name);
struct hostent *call_gethostbyaddr(struct sink *sink, const struct address *address);
/* protocol may be NULL; port is in network order, as in struct servent. */
struct servent *call_getservbyname(struct sink *sink, const char *name, const char *protocol);
struct servent *call_getservbyport(struct sink *sink, int port, const char *protocol);

/* The local address that the kernel would use towards to: connects a UDP socket, which sends nothing. -1 with
 * errno if there is none. */
int address_source(struct sink *sink, const struct address *to, struct address *from);

#endif
