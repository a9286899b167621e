/* The routing decision: which way, and from which address, the kernel would send to an address; and who is
 * there. */
#ifndef KERNEL_ROUTE_H
#define KERNEL_ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/name.h"

/* RTN_* by the words of ip-route(8): "unicast", "local", "unreachable" … */
extern const struct name_table names_route_type;

/* NUD_* by the words of ip-neighbour(8), "REACHABLE", "FAILED" …; "NONE" for no entry. */
extern const struct name_table names_neighbour_state;

struct route {
    int type;  /* RTN_*; RTN_UNSPEC where there is no route at all */
    int error; /* errno that a send this way gets: 0, ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL */
    /* The entry of the table that decided, with port 0, and its length in bits; empty and -1 if error is 0:
     * then it is not known. */
    struct address prefix;
    int prefix_length;
    struct address gateway; /* empty when the address is on the link itself */
    struct address source;  /* the local address that the kernel would choose; empty where error is not 0 */
    unsigned interface;     /* index, 0 where none */
    char interface_name[IF_NAMESIZE];
    bool interface_up;
    uint32_t mtu; /* bytes, of the route or else of the interface; 0 where not known */
};

/* What decides about the way of a packet: the tables look at the addresses, the rules (ip-rule(8)) at all of
 * it. */
struct route_query {
    const struct address *to;   /* IPv4 or IPv6, with its port where a protocol is given */
    const struct address *from; /* NULL: the kernel may choose */
    uint32_t interface;         /* that the socket is bound to (SO_BINDTODEVICE), or 0 */
    uint32_t mark;              /* SO_MARK */
    uint8_t tos;                /* IP_TOS, IPV6_TCLASS */
    int source_port;            /* where a protocol is given; 0: none yet */
    int protocol;               /* IPPROTO_TCP, IPPROTO_UDP; 0: any */
};

/*
 * Asks the kernel for its route, for this process's user. That there is no way is an answer: error is then
 * set. 0, or -1 with errno where it could not be asked.
 */
int route_lookup(const struct route_query *query, struct route *route);

/* The name of an interface, and whether it is up (IFF_UP); false where there is none of that index. */
bool route_interface(unsigned interface, char name[IF_NAMESIZE], bool *is_up);

/*
 * The state of the neighbour entry (ARP, NDP) of the address on the interface with that index: NUD_*, 0 where
 * there is no entry, or -1 with errno.
 */
int route_neighbour(const struct address *address, unsigned interface);

/* Calls visit for each local address (port 0); a return other than 0 ends the walk. 0, that return, or -1
 * with errno. */
typedef int route_visit(const struct address *address, const char *interface, void *data);
int route_each_address(route_visit *visit, void *data);

/* Whether this host has the address, as its routing tables see it (all of 127.0.0.0/8, and addresses not yet
 * usable). */
bool route_is_local(const struct address *address);

#endif
