/* SPDX-License-Identifier: ISC */
/* Questions to the kernel over netlink, and their answers: what sockdiag and route share. */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <libmnl/libmnl.h>

/*
 * Sends the request on a socket of its own (bus: NETLINK_ROUTE, NETLINK_SOCK_DIAG …) and calls visit for each
 * message of the answer: one, or many if NLM_F_DUMP is set. visit returns MNL_CB_OK, MNL_CB_STOP, or
 * MNL_CB_ERROR with errno. 0, or -1 with errno; if the kernel refused the request, errno is its own error
 * (ENOENT: no such object).
 */
int netlink_ask(int bus, struct nlmsghdr *request, mnl_cb_t visit, void *data);

/* The same on a descriptor of netlink_socket(), which asks in the namespace that it was opened in; 0: on a
 * socket of its own. The answer has to be read to its end before the next question. */
int netlink_ask_on(int socket, int bus, struct nlmsghdr *request, mnl_cb_t visit, void *data);
int netlink_socket(int bus);

/* Returns a non-blocking descriptor that receives the messages of the groups (a bit mask); the caller closes
 * it. -1 with errno. */
int netlink_subscribe(int bus, unsigned groups);

#endif
