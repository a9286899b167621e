/* SPDX-License-Identifier: ISC */
/* peerinfo --drops: the packets that this host drops and the RSTs that it sends. */
#include <sys/socket.h>

#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/peerinfo.h"
#include "cmd/session.h"
#include "kernel/trace/drops.h"

/* The kernel does not say whose packet it was. */
int drops_plan(const struct peerinfo_options *options)
{
    const struct socket_filter *filter = &options->filter;
    char error[256];
    bool selects = filter->tcp || filter->udp || filter->local || filter->family != AF_UNSPEC ||
                   filter->states || filter->listening || filter->either_port.given ||
                   filter->local_port.given || filter->peer_port.given || filter->local_prefix.count ||
                   filter->peer_prefix.count || filter->interface || filter->uid >= 0 || filter->pid >= 0 ||
                   filter->program;
    if (selects)
        return usage_error("--drops: the tracepoint does not know the socket, so nothing can be selected");
    if (options->report.netns)
        return usage_error("--drops reports all network namespaces: --netns does not go with it");
    if (!drops_available(error, sizeof(error)))
        return missing_error("--drops: %s", error);
    return EXIT_DONE;
}

int drops_run(const struct peerinfo_options *options, struct sink *sink)
{
    struct session session;
    terminal_fold(sink);
    int status = session_begin(&session, sink, &spec_defaults);
    if (status != EXIT_DONE)
        return status;
    struct drop_watch *drops = drop_watch_begin(&session.context, 0, DROPS_ALL);
    if (drops) {
        drops->most = (uint64_t)options->count;
        status = until_over(&session.context, &drops->over, options->timeout);
        drop_watch_end(&drops);
    } else {
        status = call_finish(sink, "trace");
    }
    session_end(&session);
    return status;
}
