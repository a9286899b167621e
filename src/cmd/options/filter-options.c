/* SPDX-License-Identifier: ISC */
/* The options that select among the sockets of this host. */
#include "cmd/options/filter-options.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/names.h"

static bool ports_store(const char *text, void *field, char *error, size_t size)
{
    struct filter_ports *ports = field;
    ports->given = true;
    if (text[strspn(text, "0123456789,-")] == '\0')
        return ports_parse(&ports->ports, text, NULL, NULL, error, size);
    snprintf(error, size, "'%s' is not a list of ports, such as 80,8000-8100", text);
    return false;
}

/* One "ADDR" or "ADDR/LEN". */
static bool prefix_parse(char *word, struct filter_prefix *prefix, char *error, size_t size)
{
    char *slash = strchr(word, '/');
    const char *why;
    long long bits;
    if (slash)
        *slash = '\0';
    if (!address_parse(&prefix->address, word, 0)) {
        snprintf(error, size, "'%s' is not a numeric address", word);
        return false;
    }
    unsigned most = prefix->address.sa.sa_family == AF_INET ? 32 : 128;
    prefix->bits = most;
    if (!slash)
        return true;
    if (!number_parse(slash + 1, 0, most, &bits, &why)) {
        snprintf(error, size, "'/%s' is %s (0 to %u bits)", slash + 1, why, most);
        return false;
    }
    prefix->bits = (unsigned)bits;
    return true;
}

static bool prefixes_store(const char *text, void *field, char *error, size_t size)
{
    struct filter_prefixes *prefixes = field;
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *word;
    while ((word = strsep(&rest, ","))) {
        if (prefixes->count == FILTER_PREFIXES_MAX) {
            snprintf(error, size, "more than %d addresses", FILTER_PREFIXES_MAX);
            return false;
        }
        if (!prefix_parse(word, &prefixes->items[prefixes->count], error, size))
            return false;
        prefixes->count++;
    }
    return copy != NULL;
}

static bool states_store(const char *text, void *field, char *error, size_t size)
{
    uint32_t *states = field;
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *word;
    long state;
    while ((word = strsep(&rest, ","))) {
        const struct state_group *group = state_groups;
        while (group->name && strcasecmp(group->name, word) != 0)
            group++;
        if (group->name)
            *states |= group->states;
        else if (name_parse(&names_state, word, &state) && name_find(&names_state, state))
            *states |= SOCKDIAG_STATE(state);
        else {
            if (!name_unknown(&names_state, word, error, size))
                strlcat(error, ": a TCP state, or connected, synchronized, closing", size);
            return false;
        }
    }
    return copy != NULL;
}

static bool user_store(const char *text, void *field, char *error, size_t size)
{
    int64_t *uid = field;
    const char *why;
    long long number;
    uid_t found;
    if (procfs_user_id(text, &found)) {
        *uid = found;
        return true;
    }
    if (number_parse(text, 0, UINT32_MAX, &number, &why)) {
        *uid = number;
        return true;
    }
    snprintf(error, size, "'%s' is not a user of this host", text);
    return false;
}

static bool interface_store(const char *text, void *field, char *error, size_t size)
{
    uint32_t *interface = field;
    *interface = if_nametoindex(text);
    if (*interface == 0)
        snprintf(error, size, "'%s' is not an interface here", text);
    return *interface != 0;
}

#define FIELD(member) .offset = offsetof(struct socket_filter, member)
#define PORTS(n, member, h)                                                                                  \
    {                                                                                                        \
        0, n, "P,P-P", h, .type = OPTION_CUSTOM, FIELD(member), .parse = ports_store,                        \
                          .complete = port_complete                                                          \
    }
#define PREFIXES(n, member, h)                                                                               \
    {                                                                                                        \
        0, n, "ADDR[/LEN]", h, .type = OPTION_CUSTOM, FIELD(member), .parse = prefixes_store                 \
    }
const struct option_row filter_rows[] = {
    {'4', "ipv4", NULL, "IPv4 only", .type = OPTION_ONE_OF, FIELD(family), .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 only", .type = OPTION_ONE_OF, FIELD(family), .minimum = AF_INET6},
    {0, "tcp", NULL, "TCP; with -u or -U, those too", .type = OPTION_TRUE, FIELD(tcp)},
    {'u', "udp", NULL, "UDP", .type = OPTION_TRUE, FIELD(udp)},
    {'U', "unix", NULL, "unix sockets", .type = OPTION_TRUE, FIELD(local)},
    {0, "listening", NULL, "listeners, and UDP sockets without a peer", .type = OPTION_TRUE,
        FIELD(listening)},
    {0, "state", "STATE,...", "in one of these TCP states; also connected, synchronized, closing",
        .type = OPTION_CUSTOM, FIELD(states), .parse = states_store, .complete = state_complete},
    PORTS("port", either_port, "with one of these ports at either end"),
    PORTS("local-port", local_port, "with one of these local ports"),
    PORTS("peer-port", peer_port, "with one of these ports at the peer"),
    PREFIXES("local", local_prefix, "with this local address, or one of this network"),
    PREFIXES("peer", peer_prefix, "with this peer, or a peer in this network"),
    {0, "pid", "P", "held by process P", .type = OPTION_INT, FIELD(pid), .minimum = 1, .maximum = INT_MAX,
        .complete = pid_complete},
    {0, "program", "NAME", "held by a process of this program (its name in /proc/PID/comm)",
        .type = OPTION_TEXT, FIELD(program), .complete = program_complete},
    {0, "user", "NAME", "owned by this user, by name or number", .type = OPTION_CUSTOM, FIELD(uid),
        .parse = user_store, .complete = user_complete},
    {0, "interface", "DEV", "bound to this interface", .type = OPTION_CUSTOM, FIELD(interface),
        .parse = interface_store, .complete = interface_complete},
    {.type = OPTION_END},
};
