/* SPDX-License-Identifier: ISC */
/* ICMP and ICMPv6 errors by their names in RFC 792, RFC 1122, RFC 1812 and RFC 4443. */
#ifndef KERNEL_ICMP_H
#define KERNEL_ICMP_H

/* "port unreachable" for (AF_INET, 3, 3); an unknown code gets its type's name, or "unknown type". */
const char *icmp_name(int family, int type, int code);

#endif
