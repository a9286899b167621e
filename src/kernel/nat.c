/* SPDX-License-Identifier: ISC */
/* /proc/net/nf_conntrack: what this host's address translation made of a connection. */
#include "kernel/nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/procfs-open.h"
#include "kernel/procfs.h"

/* The two directions of an entry: as it was sent, and as the answer is expected. */
struct direction {
    struct address from, to;
};

static struct address parse_host(const char *text)
{
    struct address address = {.length = 0};
    if (inet_pton(AF_INET, text, &address.in.sin_addr) == 1) {
        address.sa.sa_family = AF_INET;
        address.length = sizeof(address.in);
    } else if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) == 1) {
        address.sa.sa_family = AF_INET6;
        address.length = sizeof(address.in6);
    }
    return address;
}

/* "src=10.9.0.1 dst=10.9.0.2 sport=40000 dport=80", once for each direction. */
static bool parse_entry(char *line, struct direction directions[2])
{
    int at = -1;
    char *state;
    for (char *word = strtok_r(line, " \n", &state); word; word = strtok_r(NULL, " \n", &state)) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(word, "src") == 0 && ++at < 2)
            directions[at].from = parse_host(value);
        else if (at < 0 || at > 1)
            continue;
        else if (strcmp(word, "dst") == 0)
            directions[at].to = parse_host(value);
        else if (strcmp(word, "sport") == 0)
            address_set_port(&directions[at].from, atoi(value));
        else if (strcmp(word, "dport") == 0)
            address_set_port(&directions[at].to, atoi(value));
    }
    return at == 1 && directions[0].to.length > 0 && directions[1].from.length > 0;
}

int nat_destination(int protocol, int local_port, const struct address *peer, struct address *actual)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    int64_t tracked;
    const char *name = protocol == IPPROTO_TCP ? " tcp " : " udp ";
    struct address wanted = *peer;
    address_unmap(&wanted);
    if (wanted.sa.sa_family == AF_INET6)
        wanted.in6.sin6_scope_id = wanted.in6.sin6_flowinfo = 0;
    /* Without NAT and stateful filters nothing is tracked, and there is no list to read. */
    if (procfs_sysctl("net.netfilter.nf_conntrack_count", &tracked, 1) == 1 && tracked == 0) {
        errno = ENOENT;
        return -1;
    }
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/proc/self/net/nf_conntrack");
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0) {
        struct direction directions[2] = {{.from = {.length = 0}}};
        if (!strstr(line, name) || !parse_entry(line, directions))
            continue;
        if (address_port(&directions[0].from) != local_port || !address_equal(&directions[0].to, &wanted))
            continue;
        *actual = directions[1].from;
        return !address_equal(actual, &wanted);
    }
    errno = ENOENT;
    return -1;
}
