/* Names to addresses: what a host and a service, or a path, stand for. */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include "net/spec.h"

#define TARGETS_MAX 64

struct targets {
    struct address items[TARGETS_MAX];
    size_t count;
};

/* The addresses of host and service, in getaddrinfo's order; passive: for bind, host NULL is the wildcard of both
 * families. spec gives family, type and whether lookups are allowed. -1 with *failure filled (PHASE_RESOLVE). */
int targets_resolve(struct sink *sink, const struct spec *spec, const char *host, const char *service,
    bool passive, struct targets *targets, struct failure *failure);

/* Puts the families in turn, beginning with the first one's (RFC 8305, section 4). */
void targets_interleave(struct targets *targets);

/* Whether service is a number, and if so whether it is a port; the only check getaddrinfo does not make (it takes 70000
 * for 4464). minimum: 0 where the kernel may choose. */
bool service_check(const char *service, int minimum, char *error, size_t size);

#endif
