/* Questions to the kernel over netlink and their answers: what sockdiag and route have in common. */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <libmnl/libmnl.h>

/*
 * Sends the request on a socket of its own (bus is NETLINK_ROUTE, NETLINK_SOCK_DIAG …) and calls visit for
 * each message of the answer: one, or with NLM_F_DUMP many. visit returns MNL_CB_OK, MNL_CB_STOP, or
 * MNL_CB_ERROR with errno. 0, or -1 with errno, which for a request that the kernel refused is the kernel's
 * own error (ENOENT: no such thing).
 */
int netlink_ask(int bus, struct nlmsghdr *request, mnl_cb_t visit, void *data);

/* A non-blocking descriptor that gets the messages of the groups (a bit mask); to be closed by the caller. -1
 * with errno. */
int netlink_subscribe(int bus, unsigned groups);

#endif
