/* SPDX-License-Identifier: ISC */
/* What denies a call that nothing visible forbids. */
#ifndef WHY_DENIED_H
#define WHY_DENIED_H

#include "why/cause.h"

/* How many seccomp filters this process was started with, as the field "seccomp"; absent if none. */
struct field seccomp_field(void);

/* EACCES or EPERM of connect or of sending, which neither the address nor the route explains. */
void cause_denied_connect(struct why *why);

/* A call that asks for nothing but the right to make it: socket(), or setsockopt() of an option that anyone
 * may set. */
void cause_denied_call(struct why *why);

#endif
