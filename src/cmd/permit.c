/* SPDX-License-Identifier: ISC */
/* The permissions of the sandbox that several commands share, by option. */
#include "cmd/permit.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd/command.h"
#include "net/socket/spec.h"

static bool explains(const void *report)
{
    return !((const struct report_options *)report)->quiet;
}

static bool is_wired(const void *spec)
{
    return ((const struct spec *)spec)->wire;
}

static bool has_settings(const void *spec)
{
    return ((const struct spec *)spec)->settings.count > 0;
}

static bool has_source_port(const void *spec)
{
    return ((const struct spec *)spec)->source_service != NULL;
}

static bool is_unix(const void *spec)
{
    return ((const struct spec *)spec)->family == AF_UNIX;
}

const struct permit report_permits[] = {
    {explains, 0, SANDBOX_CAP(CAP_SYS_PTRACE) | SANDBOX_CAP(CAP_DAC_READ_SEARCH),
        "a failure names the process that holds a socket: /proc/PID/fd of other users"},
    {.why = NULL},
};

const struct permit socket_permits[] = {
    {is_wired, 0, SANDBOX_CAP(CAP_NET_RAW), "--wire: until the capture is open"},
    {has_settings, 0, SANDBOX_CAP(CAP_NET_ADMIN) | SANDBOX_CAP(CAP_NET_RAW),
        "-o: SO_MARK, SO_RCVBUFFORCE, SO_BINDTODEVICE, IP_TRANSPARENT and others, on each socket"},
    {has_source_port, 0, CAPABILITIES_OF_BINDING, "-p: a privileged port, until the socket is connected"},
    {is_unix, SANDBOX_NAME, CAPABILITIES_OF_FILES,
        "-U: the path of a socket is removed at the end, and may be in a folder of another user"},
    {.why = NULL},
};

static void incomplete_emit(struct sink *sink, const char *step)
{
    emit(sink, EVENT_WARNING_DETAIL, F_WARNING(SANDBOX_INCOMPLETE),
        F_TEXT("text", "the kernel denied a part of the sandbox"), F_TEXT("call", step), F_ERRNO(errno));
}

void sandbox_begin(struct sink *sink, const struct permit_set *sets, const void *options)
{
    unsigned groups = 0;
    uint64_t capabilities = 0;
    const char *step;
    for (; sets->rows; sets++)
        for (const struct permit *row = sets->rows; row->why; row++)
            if (!row->needed || row->needed((const char *)options + sets->base)) {
                groups |= row->groups;
                capabilities |= row->capabilities;
            }
    if (sandbox_enter(groups, capabilities, &step) < 0)
        incomplete_emit(sink, step);
}

void sandbox_give_up(struct sink *sink, unsigned groups)
{
    if (sandbox_narrow(groups) < 0)
        incomplete_emit(sink, "prctl(PR_SET_SECCOMP)");
}

void sandbox_settle(const struct spec *spec)
{
    uint64_t done = CAPABILITIES_OF_BINDING;
    if (!is_unix(spec))
        done |= CAPABILITIES_OF_FILES;
    if (!has_settings(spec))
        done |= SANDBOX_CAP(CAP_NET_RAW);
    sandbox_drop(done);
}
