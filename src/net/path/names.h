/* SPDX-License-Identifier: ISC */
/* The names of addresses, asked for all at once and for a limited time. */
#ifndef NET_PATH_NAMES_H
#define NET_PATH_NAMES_H

#include "call/lookup.h"
#include "net/watch/context.h"

struct path_names;

/* Asks for the names of count addresses in a thread each, and waits at most so long, in nanoseconds, for all
 * of them together; lookups that take longer are abandoned. NULL without memory. The caller calls
 * path_names_free(). */
struct path_names *path_names_find(
    const struct context *context, const struct address *addresses, size_t count, int64_t limit);
void path_names_free(struct path_names *names);

/* The name, or NULL. */
const char *path_names_of(const struct path_names *names, const struct address *address);

#endif
