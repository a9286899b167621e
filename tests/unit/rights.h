/* SPDX-License-Identifier: ISC */
/* rights.h: doing without the rights of root for a while, whatever user the test runs as. */
#ifndef TESTS_UNIT_RIGHTS_H
#define TESTS_UNIT_RIGHTS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Clears the effective capabilities, or takes all permitted ones again; see capabilities(7). */
static inline void rights_use(bool use)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        abort();
    for (int i = 0; i < 2; i++)
        data[i].effective = use ? data[i].permitted : 0;
    if (syscall(SYS_capset, &header, data) < 0)
        abort();
}

#endif
