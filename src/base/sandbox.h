/* SPDX-License-Identifier: ISC */
/* The sandbox: the rights that the process gives up for good before it reads a byte from outside. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sandbox-groups.h"

/* The set of a capability of capabilities(7): SANDBOX_CAP(CAP_NET_RAW). */
#define SANDBOX_CAP(capability) (UINT64_C(1) << (capability))

/*
 * Gives up everything but capabilities (a set of SANDBOX_CAP()) and the permitted groups of system calls (a
 * set of enum sandbox_group below SANDBOX_SETS): PR_SET_NO_NEW_PRIVS, the capability sets with the bounding
 * set, a seccomp filter. A denied call then ends the process by SIGSYS. Running threads are not covered.
 *
 * Returns 0, or -1 with errno; *step is then the call that failed, and the steps after it were still taken.
 */
int sandbox_enter(unsigned permitted, uint64_t capabilities, const char **step);

/* How many seccomp filters these functions installed in this process. */
unsigned sandbox_filters(void);

/* Whether sandbox_enter() permitted all of these groups, and none was given up since. */
bool sandbox_permits(unsigned groups);

/* Gives up these groups of system calls as well, if sandbox_enter() permitted them, by one more filter. 0, or
 * -1 with errno. */
int sandbox_narrow(unsigned groups);

/* Gives up these capabilities as well, if the process has them. 0, or -1 with errno. */
int sandbox_drop(uint64_t capabilities);

#endif
