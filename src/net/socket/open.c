/* SPDX-License-Identifier: ISC */
/* Opens a socket as the plan says, up to and including its local name. */
#include "net/socket/open.h"

#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/call.h"
#include "net/socket/evidence.h"
#include "net/socket/path.h"

/* Passes the protocol by its name, though 0 would do: the trace then shows it. */
static int type_protocol(int family, int type)
{
    if (family == AF_UNIX)
        return 0;
    return type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
}

int socket_make(struct sink *sink, const struct spec *spec, const struct address *about, int type_flags,
    struct failure *failure)
{
    int family = about->sa.sa_family;
    int64_t began = clock_now();
    int fd = call_socket(sink, family, spec->type | type_flags, type_protocol(family, spec->type));
    if (fd < 0)
        return failure_fill(failure, PHASE_OTHER, "socket", about, began);
    /* Reads back what became of SOCK_NONBLOCK and SOCK_CLOEXEC in the type. */
    if (sink_wants(sink, EVENT_CALL)) {
        call_fcntl_getfl(sink, fd);
        call_fcntl_getfd(sink, fd);
    }
    return fd;
}

int socket_open(struct sink *sink, const struct spec *spec, const struct address *peer, int type_flags,
    const struct address *local, unsigned conn, struct failure *failure)
{
    int fd = socket_make(sink, spec, peer, type_flags, failure);
    if (fd < 0)
        return -1;
    sink_connection(sink, fd, conn);
    if (settings_apply(sink, fd, &spec->settings, WHEN_EARLY, conn, failure) < 0) {
        call_close(sink, &fd);
        return -1;
    }
    int64_t began = clock_now();
    if (local->length && call_bind(sink, fd, local) < 0) {
        failure_fill(failure, PHASE_LOCAL, "bind", local, began);
        return failure_close(sink, &fd, failure);
    }
    if (settings_apply(sink, fd, &spec->settings, WHEN_BOUND, conn, failure) < 0) {
        struct unix_path path;
        unix_path_note(&path, local);
        call_close(sink, &fd);
        unix_path_remove(&path);
    }
    return fd;
}

void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
