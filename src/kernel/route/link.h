/* SPDX-License-Identifier: ISC */
/* The links of this host: interfaces, the addresses on them, and the neighbours behind them. */
#ifndef KERNEL_ROUTE_LINK_H
#define KERNEL_ROUTE_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/name.h"

/* NUD_* by the words of ip-neighbour(8), "REACHABLE", "FAILED" …; "NONE" for no entry. */
extern const struct name_table names_neighbour_state;

/* The index of lo in every network namespace (LOOPBACK_IFINDEX in the kernel). */
#define LINK_LOOPBACK 1

struct link {
    char name[IF_NAMESIZE]; /* "" if no interface has that index */
    bool is_up;             /* IFF_UP */
    bool has_carrier;       /* IFF_RUNNING: up, and connected */
    bool resolves;          /* it resolves link addresses (ARP, NDP), so nothing leaves without one */
    uint32_t mtu;           /* bytes; 0 if unknown */
};

/* 0, or -1 with errno (ENODEV: no interface has that index). */
int link_find(unsigned interface, struct link *link);

/*
 * The state of the neighbour entry (ARP, NDP) of the address on that interface: NUD_*, 0 if there is no
 * entry, or -1 with errno.
 */
int link_neighbour(const struct address *address, unsigned interface);

/* An address of this host. */
struct link_address {
    struct address address; /* port 0 */
    unsigned interface;     /* index */
    char name[IF_NAMESIZE]; /* of the interface */
    uint32_t flags;         /* IFA_F_* */
    int prefix_length;      /* of its network */
};

/* Calls visit for each address; if it returns other than 0, the walk ends. 0, that value, or -1 with
 * errno. */
typedef int link_visit(const struct link_address *address, void *data);
int link_each_address(link_visit *visit, void *data);

/* Whether the address is of the network that this one is in. */
bool link_shares_network(const struct link_address *own, const struct address *address);

/*
 * The interface by which packets to the address, one of this host's, count as received, though they pass
 * through lo: the one that has it. 1 (lo) if none has (127.0.0.2).
 */
unsigned link_of_own(const struct address *address);

#endif
