/* SPDX-License-Identifier: ISC */
/* A real failure, and what why/ says of it: for the unit tests of why/. */
#ifndef TESTS_UNIT_WHY_H
#define TESTS_UNIT_WHY_H

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/socket/evidence.h"
#include "tests/unit/tap.h"
#include "why/cause.h"
#include "why/why.h"

/* The events that explaining a failure emits, as a list. To be released by the caller. */
static inline json_t *explained(const struct failure *failure)
{
    char *text = NULL, *line, *rest;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    struct sink sink = {
        .report = memory, .results = memory, .diagnostics = memory, .level = LEVEL_LIFE, .json = true};
    json_t *events = json_array();

    must(memory);
    why_emit(&sink, failure);
    fclose(memory);
    for (rest = text; (line = strsep(&rest, "\n")) && *line;) {
        json_t *event = json_loads(line, 0, NULL);
        must(event);
        json_array_append_new(events, event);
    }
    free(text);
    return events;
}

/* The one with that cause, or NULL. */
static inline json_t *find_cause(json_t *events, const char *cause)
{
    size_t i;
    json_t *event;

    json_array_foreach(events, i,
        event) if (strcmp(json_string_value(json_object_get(event, "cause")), cause) == 0) return event;
    return NULL;
}

static inline int64_t number(json_t *event, const char *key)
{
    return event ? json_integer_value(json_object_get(event, key)) : -1;
}

/* Says whether cause was found and its evidence key (if not NULL) has the value. */
static inline bool has(const struct failure *failure, const char *cause, const char *key, int64_t value)
{
    json_t *events = explained(failure), *event = find_cause(events, cause);
    bool right = event && (!key || number(event, key) == value) && json_array_size(events) <= WHY_LINES;

    if (!right) {
        char *dump = json_dumps(events, 0);
        printf("# wanted %s, got %s\n", cause, dump);
        free(dump);
    }
    json_decref(events);
    return right;
}

static inline struct address loopback(const char *host, int port)
{
    struct address address;
    must(address_parse(&address, host, port));
    return address;
}

static inline struct address name_of(int fd)
{
    struct address address = {.length = sizeof(address.storage)};
    must(getsockname(fd, &address.sa, &address.length) == 0);
    return address;
}

static inline int opened(int family, int type)
{
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    must(fd != -1);
    return fd;
}

static inline int bound(int family, int type)
{
    struct address any = loopback(family == AF_INET ? "127.0.0.1" : "::1", 0);
    int fd = opened(family, type);
    must(bind(fd, &any.sa, any.length) == 0);
    return fd;
}

static inline struct failure failed(
    enum failure_phase phase, const char *call, int fd, const struct address *address)
{
    struct sink quiet = {.report = stdout, .results = stdout, .diagnostics = stdout, .level = LEVEL_LIFE};
    struct failure failure = {.phase = phase, .call = call, .error = errno};
    if (address)
        failure.address = *address;
    evidence_collect(&quiet, fd, &failure);
    return failure;
}

static inline struct failure failing_bind(int type, const struct address *address, bool reuse)
{
    cleanup_fd int fd = opened(address->sa.sa_family, type);
    int on = reuse;
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    errno = 0;
    must(bind(fd, &address->sa, address->length) < 0);
    return failed(PHASE_LOCAL, "bind", fd, address);
}

static inline struct failure failing_connect(int family, int type, const struct address *address)
{
    cleanup_fd int fd = opened(family, type);
    errno = 0;
    must(connect(fd, &address->sa, address->length) < 0);
    return failed(PHASE_CONNECT, "connect", fd, address);
}

#endif
