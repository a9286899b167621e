/* SPDX-License-Identifier: ISC */
/* Sets of ports as people write them: "22,80,8000-8100,http". */
#ifndef BASE_PORTS_H
#define BASE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_MOST 65535

struct ports {
    uint64_t bits[(PORT_MOST + 1) / 64];
};

/*
 * Adds numbers from 1 to 65535, ranges, and the ports of names, for which service() returns the number or -1.
 * If service is NULL, a name is accepted and adds nothing. On failure returns false, with what is wrong in
 * error.
 */
bool ports_parse(struct ports *ports, const char *text, int (*service)(void *context, const char *name),
    void *context, char *error, size_t size);

/* The first port of the set from this one on; -1 if there is none. */
int ports_next(const struct ports *ports, int from);

unsigned ports_count(const struct ports *ports);

#endif
