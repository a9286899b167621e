/* SPDX-License-Identifier: ISC */
/* Seccomp, security modules, Landlock, cgroup programs, packet filters: one of them said no. */
#include "why/denied.h"

#include "base/sandbox.h"
#include "kernel/procfs.h"
#include "kernel/route/route.h"
#include "why/way.h"

struct field seccomp_field(void)
{
    int filters = procfs_seccomp() - (int)sandbox_filters();
    return filters > 0 ? F_INT("seccomp", filters) : F_NONE;
}

void cause_denied_connect(struct why *why)
{
    const struct failure *failure = why->failure;
    char text[ADDRESS_TEXT_MAX];
    struct route route;
    bool allowed = way_lookup(failure, NULL, &route) == 0 && route.error == 0;
    emit_cause(why, CONNECT_POLICY, F_TEXT("host", host_text(&failure->address, text, sizeof(text))),
        allowed ? F_NAME("type", names_route_type, route.type) : F_NONE,
        F_FOREIGN("interface", allowed && route.interface_name[0] ? route.interface_name : NULL),
        seccomp_field());
}

void cause_denied_call(struct why *why)
{
    const struct failure *failure = why->failure;
    emit_cause(
        why, CALL_POLICY, F_TEXT("call", failure->call), F_TEXT("option", failure->name), seccomp_field());
}
