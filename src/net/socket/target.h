/* SPDX-License-Identifier: ISC */
/* Resolves names to addresses: what a host and a service, or a path, stand for. */
#ifndef NET_SOCKET_TARGET_H
#define NET_SOCKET_TARGET_H

#include "net/socket/spec.h"
#include "net/watch/context.h"

/* Empty when zeroed. */
struct targets {
    struct address *items; /* each once */
    size_t count;
};

void targets_free(struct targets *targets);
#define cleanup_targets __attribute__((cleanup(targets_free)))

/* The limit that -w sets for a lookup that begins now, on the clock of watch_now(). A lookup has its own
 * time, so that the connect after it has all of its. */
int64_t targets_limit(const struct context *context, const struct spec *spec);

struct question {
    const char *host, *service;
    bool passive;  /* for bind, where host NULL is the wildcard of both families */
    int64_t limit; /* when the lookup is abandoned: a time of watch_now(); INT64_MAX: never */
};

/* Resolves host and service, in getaddrinfo's order. spec has the family, the type and whether lookups are
 * allowed. The caller calls targets_free(). -1 with *failure filled (PHASE_RESOLVE). */
int targets_resolve(const struct context *context, const struct spec *spec, const struct question *question,
    struct targets *targets, struct failure *failure);

/* Finds where a connect of the plan may go, families alternating, and the local ends that the user requested,
 * one a family (none: the kernel chooses). Drops targets whose family has no such local end, unless that
 * would drop all. A unix path stands for itself. The caller calls targets_free() for both, after a failure
 * too. -1 with *failure. */
int targets_of(const struct context *context, const struct spec *spec, int64_t limit, struct targets *targets,
    struct targets *sources, struct failure *failure);

/* Keeps the first target with a route alone; if none has one the first, to report why. */
void targets_choose(struct sink *sink, struct targets *targets);

/* The local end for a target; length 0: the kernel chooses. A unix datagram socket always gets one, because
 * it could not be answered otherwise: autobind, unix(7). */
struct address target_source(
    const struct spec *spec, const struct targets *sources, const struct address *peer);

/* Whether service, if it is a number, is a valid port: getaddrinfo does not check that (it reads 70000 as
 * 4464). minimum: 0 if the kernel may choose. */
bool service_check(const char *service, int minimum, char *error, size_t size);

/* Whether getaddrinfo() refused the service, not the host: with AI_NUMERICSERV there is no separate code, and
 * the service is checked first. */
struct addrinfo;
bool service_is_wrong(const struct addrinfo *hints, int eai, const char *host, const char *service);

#endif
