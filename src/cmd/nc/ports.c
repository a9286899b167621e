/* SPDX-License-Identifier: ISC */
/* The ports that nc's operands name: "80", "http", "20-30". */
#include "cmd/nc/ports.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "call/lookup.h"
#include "cmd/command.h"

#define PORT_LAST 65535

/* A port of a number or a name; 0 after a message. */
static int port_read(const struct nc_options *options, struct sink *sink, const char *word)
{
    const char *why;
    int port = (int)strtonum(word, 1, PORT_LAST, &why);
    if (!why)
        return port;
    const char *protocol = options->spec.type == SOCK_DGRAM ? "udp" : "tcp";
    const struct servent *entry =
        isdigit((unsigned char)*word) ? NULL : call_getservbyname(sink, word, protocol);
    if (entry)
        return ntohs((uint16_t)entry->s_port);
    nc_mistake("port number %s: %s", why, word);
    return 0;
}

static int range_add(struct nc_ports *ports, int first, int last)
{
    int low = first < last ? first : last, high = first < last ? last : first;
    size_t count = (size_t)(high - low) + 1;
    uint16_t *items = reallocarray(ports->items, ports->count + count, sizeof(*items));
    if (!items)
        return nc_mistake("out of memory");
    ports->items = items;
    for (int port = low; port <= high; port++)
        items[ports->count++] = (uint16_t)port;
    return EXIT_DONE;
}

/* A word is a range if it begins with a digit and has a hyphen: names may have one too. */
static int word_add(
    const struct nc_options *options, struct sink *sink, const char *word, struct nc_ports *ports)
{
    const char *hyphen = isdigit((unsigned char)*word) ? strchr(word, '-') : NULL;
    cleanup_free char *low = hyphen ? strndup(word, (size_t)(hyphen - word)) : NULL;
    if (hyphen && !low)
        return nc_mistake("out of memory");
    int last = port_read(options, sink, hyphen ? hyphen + 1 : word);
    int first = last && hyphen ? port_read(options, sink, low) : last;
    return first ? range_add(ports, first, last) : EXIT_OTHER;
}

static void shuffle(struct nc_ports *ports)
{
    for (size_t left = ports->count; left > 1; left--) {
        size_t at = arc4random_uniform((uint32_t)left);
        uint16_t port = ports->items[left - 1];
        ports->items[left - 1] = ports->items[at];
        ports->items[at] = port;
    }
}

int nc_ports_make(const struct nc_options *options, struct sink *sink, struct nc_ports *ports)
{
    *ports = (struct nc_ports){.items = NULL};
    for (int i = 0; i < options->port_count; i++)
        if (word_add(options, sink, options->ports[i], ports) != EXIT_DONE)
            return EXIT_OTHER;
    if (options->shuffles)
        shuffle(ports);
    return EXIT_DONE;
}
