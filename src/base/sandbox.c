/* SPDX-License-Identifier: ISC */
/* The sandbox: the rights that the process gives up for good before it reads a byte from outside. */
#include "base/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Seccomp filters, and the groups that they permit. */
static unsigned installed, permits;

unsigned sandbox_filters(void)
{
    return installed;
}

#ifdef HAVE_SANDBOX_FILTER
#include "base/sandbox-filter.h"

static int filter_install(unsigned permitted)
{
    int result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filters[permitted % SANDBOX_SETS]);
    installed += result == 0;
    return result;
}
#else
static int filter_install(unsigned permitted)
{
    (void)permitted;
    return 0;
}
#endif

struct capability_sets {
    uint64_t effective, permitted, inheritable;
};

/*
 * libcap-ng would do the same, but reads /proc for it and takes 80 microseconds longer, in every start as
 * root.
 */
static int capabilities_get(struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct halves[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, halves) < 0)
        return -1;
    sets->effective = halves[0].effective | (uint64_t)halves[1].effective << 32;
    sets->permitted = halves[0].permitted | (uint64_t)halves[1].permitted << 32;
    sets->inheritable = halves[0].inheritable | (uint64_t)halves[1].inheritable << 32;
    return 0;
}

static int capabilities_set(const struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct halves[_LINUX_CAPABILITY_U32S_3];
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        halves[i] = (struct __user_cap_data_struct){.effective = (uint32_t)(sets->effective >> 32 * i),
            .permitted = (uint32_t)(sets->permitted >> 32 * i),
            .inheritable = (uint32_t)(sets->inheritable >> 32 * i)};
    return (int)syscall(SYS_capset, &header, halves);
}

/* Drops the whole bounding set first, because nothing is executed any more; that needs CAP_SETPCAP. EINVAL:
 * the kernel knows no further capability. */
static int capabilities_keep(uint64_t kept)
{
    struct capability_sets sets;
    if (capabilities_get(&sets) < 0)
        return -1;
    if ((sets.permitted | sets.inheritable) == 0)
        return 0;
    if (sets.effective & SANDBOX_CAP(CAP_SETPCAP)) {
        for (int number = 0; number < 64; number++)
            if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
                break;
    }
    sets.effective &= kept;
    sets.permitted &= kept;
    sets.inheritable = 0;
    return capabilities_set(&sets);
}

int sandbox_drop(uint64_t capabilities)
{
    struct capability_sets sets;
    if (capabilities_get(&sets) < 0)
        return -1;
    if (!(sets.permitted & capabilities))
        return 0;
    sets.effective &= ~capabilities;
    sets.permitted &= ~capabilities;
    return capabilities_set(&sets);
}

bool sandbox_permits(unsigned groups)
{
    return (permits & groups) == groups;
}

int sandbox_narrow(unsigned groups)
{
    if (!(permits & groups))
        return 0;
    permits &= ~groups;
    return filter_install(permits);
}

int sandbox_enter(unsigned permitted, uint64_t capabilities, const char **step)
{
    int error = 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        error = errno;
        *step = "prctl(PR_SET_NO_NEW_PRIVS)";
    }
    if (capabilities_keep(capabilities) < 0) {
        error = errno;
        *step = "capset";
    }
    permits = permitted;
    if (filter_install(permitted) < 0) {
        error = errno;
        *step = "prctl(PR_SET_SECCOMP)";
    }
    errno = error;
    return error == 0 ? 0 : -1;
}
