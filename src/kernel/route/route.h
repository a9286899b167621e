/* SPDX-License-Identifier: ISC */
/* The routing decision: which way, and from which address, the kernel would send to an address. */
#ifndef KERNEL_ROUTE_ROUTE_H
#define KERNEL_ROUTE_ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/name.h"
#include "kernel/route/query.h"
#include "kernel/route/rule.h"

/* RTN_* by the words of ip-route(8): "unicast", "local", "unreachable" … */
extern const struct name_table names_route_type;

struct route {
    int type;  /* RTN_*; RTN_UNSPEC if there is no route */
    int error; /* errno of a send this way: 0, ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL */
    /* The entry of the table that refused, with port 0, its length in bits, and the table; empty, -1 and 0 if
     * none did. */
    struct address prefix;
    int prefix_length;
    uint32_t table;
    bool is_ruled; /* a rule refused, not an entry of a table */
    struct rule rule;
    struct address gateway; /* empty if the address is on the link itself */
    struct address source;  /* the local address that the kernel would choose; empty if error is not 0 */
    unsigned interface;     /* index, or 0 */
    char interface_name[IF_NAMESIZE];
    bool interface_up;
    uint32_t mtu; /* bytes, of the route or else of the interface; 0 if unknown */
};

/*
 * Asks the kernel for its route, for the user of this process. Having no way is an answer too: it sets error.
 * 0, or -1 with errno if the question failed.
 */
int route_lookup(const struct route_query *query, struct route *route);

/* Whether an entry of the tables leads there; if none does, the kernel assumes that everything is on the link
 * that the socket is bound to. */
bool route_has_entry(const struct route_query *query);

/* Whether this host has the address, by its routing tables (all of 127.0.0.0/8, and addresses not yet
 * usable). */
bool route_is_local(const struct address *address);

#endif
