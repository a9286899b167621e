/* SPDX-License-Identifier: ISC */
/* Whether a socket would share its port. */
#ifndef KERNEL_SHARES_H
#define KERNEL_SHARES_H

#include "kernel/sockdiag/sockdiag.h"

/*
 * Whether the TCP socket shares its port with others of this user by SO_REUSEPORT, which the kernel does not
 * list: a socket of our own is bound beside it for a moment, without listening. 1 yes, 0 no, -1 with errno if
 * that is not known.
 */
int shares_port(const struct sockdiag_socket *socket);

#endif
