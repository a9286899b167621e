/* SPDX-License-Identifier: ISC */
/* Sets of ports: one bit per port. */
#include "base/ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"

static void port_add(struct ports *ports, int port)
{
    ports->bits[port / 64] |= UINT64_C(1) << port % 64;
}

static bool number_read(const char *text, long long *port, char *error, size_t size)
{
    const char *why;
    if (number_parse(text, 1, PORT_MOST, port, &why))
        return true;
    snprintf(error, size, "port '%s' is %s (1 to %d, or a service name)", text, why, PORT_MOST);
    return false;
}

/* "80" or "8000-8100": digits and one '-' between them. */
static bool range_add(struct ports *ports, char *word, char *error, size_t size)
{
    long long first, last;
    char *dash = strchr(word, '-');
    if (dash)
        *dash = '\0';
    if (!number_read(word, &first, error, size) || !number_read(dash ? dash + 1 : word, &last, error, size))
        return false;
    if (first > last) {
        snprintf(error, size, "the range '%lld-%lld' ends before it begins", first, last);
        return false;
    }
    for (int port = (int)first; port <= last; port++)
        port_add(ports, port);
    return true;
}

bool ports_parse(struct ports *ports, const char *text, int (*service)(void *context, const char *name),
    void *context, char *error, size_t size)
{
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *word;
    if (!copy) {
        snprintf(error, size, "no memory for '%s'", text);
        errno = ENOMEM;
        return false;
    }
    while ((word = strsep(&rest, ","))) {
        if (!*word) {
            snprintf(error, size, "'%s': a port is empty", text);
            return false;
        }
        if (strspn(word, "-0123456789") == strlen(word)) {
            if (!range_add(ports, word, error, size))
                return false;
            continue;
        }
        int port = service ? service(context, word) : 0;
        if (port < 0) {
            snprintf(error, size, "'%s' is not a service", word);
            return false;
        }
        if (port > 0)
            port_add(ports, port);
    }
    return true;
}

int ports_next(const struct ports *ports, int from)
{
    if (from > PORT_MOST)
        return -1;
    size_t word = (size_t)from / 64;
    uint64_t bits = ports->bits[word] & ~UINT64_C(0) << from % 64;
    while (!bits)
        if (++word == array_size(ports->bits))
            return -1;
        else
            bits = ports->bits[word];
    return (int)word * 64 + __builtin_ctzll(bits);
}

unsigned ports_count(const struct ports *ports)
{
    unsigned count = 0;
    for (size_t i = 0; i < array_size(ports->bits); i++)
        count += (unsigned)__builtin_popcountll(ports->bits[i]);
    return count;
}
