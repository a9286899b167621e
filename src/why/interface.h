/* SPDX-License-Identifier: ISC */
/* The interface that a socket wants or its packets leave by: it is missing, down, or without IPv6. */
#ifndef WHY_INTERFACE_H
#define WHY_INTERFACE_H

#include <net/if.h>

#include "why/cause.h"

struct link;

/* The names of the interfaces, the last "..." if there are more. Returns how many words. */
#define INTERFACES_MOST 16
int interface_words(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1]);
/* The same of those on which IPv6 is off. */
int interfaces_without_ipv6(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1]);

void interfaces_free(struct if_nameindex **interfaces);
#define cleanup_interfaces __attribute__((cleanup(interfaces_free)))

/* That the interface is down, or up without a carrier. */
void cause_link(struct why *why, const struct link *link);

/* That the interface is down on which this host has an address of the peer's network, if there is one. */
void cause_network_down(struct why *why);

/* The interface that the address or the socket is bound to is missing, or down; false if it is neither. */
bool cause_interface(struct why *why);

/* ENODEV: names the interfaces that exist; wanted: the one that was meant, or NULL. */
void cause_interfaces(struct why *why, const char *wanted);

/* IPv6 is off on the interface; if that is 0, on lo for an address of it, else on all others. */
bool cause_ipv6_off(struct why *why, unsigned interface);

/* An address that needs a scope: names an interface that it may be on. */
void cause_scope_missing(struct why *why, const struct address *address);

#endif
