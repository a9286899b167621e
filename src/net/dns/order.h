/* SPDX-License-Identifier: ISC */
/* The order of getaddrinfo's addresses: which rule of RFC 6724, section 6, puts one before another. */
#ifndef NET_DNS_ORDER_H
#define NET_DNS_ORDER_H

#include <stdbool.h>

#include "base/address.h"

/* A destination, and the local address that the kernel would use towards it. */
struct order_end {
    struct address address;
    struct address source; /* length 0: there is no way */
    bool deprecated;       /* the source is */
};

/*
 * The number of the rule by which the first stands before the second; negative if it puts the second first; 0
 * if none of those that are looked at decides: 1, 2, 3, 5, 6, 8 and, for IPv6, 9, with glibc's table of
 * labels and precedences. *text: the rule in words, static.
 */
int order_rule(const struct order_end *first, const struct order_end *second, const char **text);

#endif
