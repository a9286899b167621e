/* SPDX-License-Identifier: ISC */
/* The messages of NETLINK_SOCK_DIAG: building a request, and reading an answer. */
#ifndef KERNEL_SOCKDIAG_MESSAGE_H
#define KERNEL_SOCKDIAG_MESSAGE_H

#include "kernel/netlink.h"
#include "kernel/sockdiag/sockdiag.h"

/* The most bytes of a request, with the code of its query; its buffer is aligned to NLMSG_ALIGNTO. */
#define SOCKDIAG_REQUEST_MAX (256 + SOCKDIAG_CODE_MAX)

/* Begins a request in buffer. */
struct nlmsghdr *sockdiag_request(char *buffer, int flags);

/* Puts the question behind the header: the sockets that the query wants, as far as the kernel can select
 * them. */
void sockdiag_put_inet(struct nlmsghdr *header, const struct sockdiag_query *query);
void sockdiag_put_unix(struct nlmsghdr *header, const struct sockdiag_query *query);

/* A cookie as the kernel's two words; 0: any. */
void sockdiag_put_cookie(uint64_t cookie, uint32_t words[2]);

/* Fills socket from an answer and its attributes; false if it is too short. */
bool sockdiag_take(const struct nlmsghdr *header, int family, int protocol, struct sockdiag_socket *socket);

#endif
