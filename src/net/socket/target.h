/* Names to addresses: what a host and a service, or a path, stand for. */
#ifndef NET_SOCKET_TARGET_H
#define NET_SOCKET_TARGET_H

#include "net/socket/spec.h"

#define TARGETS_MAX 64

struct targets {
    struct address items[TARGETS_MAX];
    size_t count;
};

/* The addresses of host and service, in getaddrinfo's order; passive: for bind, host NULL is the wildcard of
 * both families. spec gives family, type and whether lookups are allowed. -1 with *failure filled
 * (PHASE_RESOLVE). */
int targets_resolve(struct sink *sink, const struct spec *spec, const char *host, const char *service,
    bool passive, struct targets *targets, struct failure *failure);

/* Where a connect of the plan may go, families in turn, and the local ends that the user asked for, one of a
 * family (none: the kernel's choice); targets of a family without such an end are left out, unless that
 * leaves none. A unix path stands for itself. -1 with *failure. */
int targets_of(struct sink *sink, const struct spec *spec, struct targets *targets, struct targets *sources,
    struct failure *failure);

/* The local end for a target, length 0: the kernel's choice. A unix datagram socket always gets one, or
 * nobody could answer it: autobind, unix(7). */
struct address target_source(
    const struct spec *spec, const struct targets *sources, const struct address *peer);

/* Whether service is a number, and if so whether it is a port; the only check getaddrinfo does not make (it
 * takes 70000 for 4464). minimum: 0 where the kernel may choose. */
bool service_check(const char *service, int minimum, char *error, size_t size);

/* Of host and service, whether getaddrinfo() refused the service: AI_NUMERICSERV has no code of its own, and
 * is looked at before the host is. */
struct addrinfo;
bool service_is_wrong(const struct addrinfo *hints, int eai, const char *host, const char *service);

#endif
