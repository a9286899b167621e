/* SPDX-License-Identifier: ISC */
/* How connect and listen move data: one conversation, and its observers. */
#ifndef CMD_TRANSFER_H
#define CMD_TRANSFER_H

#include "cmd/options/transfer-options.h"
#include "cmd/transfer-progress.h"
#include "net/watch/connection.h"
#include "net/watch/follow.h"
#include "net/watch/trace-watch.h"

/* --follow, if given: between these two calls context->follow follows each conversation. The end waits until
 * nothing is left of them, unless status is that of a signal; returns status, or that of a signal that ended
 * the wait. */
void transfer_follow_begin(
    const struct transfer_options *options, struct context *context, struct follow *follow);
int transfer_follow_end(const struct context *context, struct follow *follow, int status);

/* --trace-states and --drops, if given: begins the trace of the service's port; if that is 0,
 * trace_watch_port() and moved_port() set it later. EXIT_DONE, or the status after a reported failure. */
int transfer_trace_begin(const struct transfer_options *options, const struct context *context,
    const struct spec *spec, struct trace_watch *trace);

/* Runs a conversation of a connected socket, stream or datagram, to its end, and closes it. A datagram
 * listener has no peer: its length is 0. 0, -1 with *failure, or the number of the signal that ended it. */
int transfer_move(const struct context *context, const struct transfer_options *options,
    const struct spec *spec, const struct connection *connection, struct failure *failure);

/* The same for the only conversation, which may be followed. Returns the exit status, after reporting a
 * failure. */
int transfer_run(const struct context *context, const struct transfer_options *options,
    const struct spec *spec, const struct connection *connection);

#endif
