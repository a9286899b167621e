/* SPDX-License-Identifier: ISC */
/* Runs one conversation of a connected socket to its end. */
#include "cmd/transfer.h"

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/stop.h"
#include "net/data/conversation.h"
#include "net/data/datagrams.h"
#include "net/watch/moved.h"
#include "net/socket/open.h"
#include "net/socket/target.h"
#include "net/watch/stamps.h"

static int datagrams_move(
    struct datagrams *datagrams, struct transfer_progress *progress, struct failure *failure)
{
    int result = datagrams_run(datagrams);
    transfer_progress_end(progress);
    *failure = datagrams->failure;
    return result;
}

void transfer_follow_begin(
    const struct transfer_options *options, struct context *context, struct follow *follow)
{
    *follow = (struct follow){.watch = NULL};
    if (!options->follow)
        return;
    follow_begin(follow, context);
    context->follow = follow;
}

int transfer_follow_end(const struct context *context, struct follow *follow, int status)
{
    struct pollfd stop = {.fd = context->stop_fd, .events = POLLIN};
    int result = 0;
    while (result == 0 && status < EXIT_SIGNAL && follow_busy(follow))
        result = watch_poll(context, EVENT_DATA_CALL, &stop, 1, INT64_MAX);
    if (result)
        status = result > 0 ? stop_status(context) : call_finish(context->sink, "poll");
    follow_end(follow);
    return status;
}

/* The port of the service; -1 with *failure. */
static int port_find(const struct context *context, const struct spec *spec, struct failure *failure)
{
    cleanup_targets struct targets services = {.items = NULL};
    const struct question port = {.service = spec->service, .passive = true, .limit = INT64_MAX};
    if (targets_resolve(context, spec, &port, &services, failure) < 0)
        return -1;
    return address_port(&services.items[0]);
}

static int trace_fail(struct sink *sink)
{
    struct failure failure;
    failure_fill(&failure, PHASE_OTHER, "trace", NULL, 0);
    failure_emit(sink, 0, &failure);
    return EXIT_MISSING;
}

int transfer_trace_begin(const struct transfer_options *options, const struct context *context,
    const struct spec *spec, struct trace_watch *trace)
{
    struct failure failure;
    *trace = (struct trace_watch){.watch = NULL};
    if (!options->trace && !options->drops)
        return EXIT_DONE;
    int port = port_find(context, spec, &failure);
    if (port < 0)
        return failure_finish(context->sink, &failure);
    if (options->trace && trace_watch_begin(trace, context, port) < 0)
        return trace_fail(context->sink);
    if (options->drops && moved_trace(context, port, options->accepts ? DROPS_ALL : DROPS_OURS) < 0)
        return trace_fail(context->sink);
    return EXIT_DONE;
}

static int conversation_move(const struct transfer_options *options, struct conversation *conversation,
    const struct connection *connection, struct transfer_progress *progress, struct failure *failure)
{
    if (options->second != SECOND_NONE &&
        second_make(
            &conversation->second, (enum second_kind)options->second, conversation->sink, connection) < 0) {
        failure_fill(failure, PHASE_OTHER, options->second == SECOND_DUP ? "fcntl" : "fork", NULL, 0);
        conversation_close(conversation);
        return -1;
    }
    int result = relay_run(conversation);
    transfer_progress_end(progress);
    *failure = conversation->failure;
    return result;
}

int transfer_move(const struct context *context, const struct transfer_options *options,
    const struct spec *spec, const struct connection *connection, struct failure *failure)
{
    const struct relay_plan plan = transfer_plan(options, spec);
    struct stamps stamps = {.datagrams = spec->type == SOCK_DGRAM};
    struct context own = *context;
    struct transfer_progress progress;
    own.stamps = options->messages.plan.stamps ? &stamps : NULL;
    message_options_begin(&options->messages);
    transfer_progress_begin(options, &own, plan.input, &progress);
    if (spec->type == SOCK_DGRAM) {
        struct datagrams datagrams = {.plan = &plan,
            .context = &own,
            .fd = connection->fd,
            .connected = connection->peer.length > 0 && socket_peer(connection->fd).length > 0,
            .client = connection->peer.length > 0,
            .peer = connection->peer,
            .local = connection->local,
            .times = connection->times};
        return datagrams_move(&datagrams, &progress, failure);
    }
    struct conversation conversation;
    conversation_begin(&conversation, &plan, &own, connection);
    return conversation_move(options, &conversation, connection, &progress, failure);
}

int transfer_run(const struct context *context, const struct transfer_options *options,
    const struct spec *spec, const struct connection *connection)
{
    struct context own = *context;
    struct follow follow;
    struct failure failure;
    transfer_follow_begin(options, &own, &follow);
    int result = transfer_move(&own, options, spec, connection, &failure);
    int status = result > 0    ? EXIT_SIGNAL + result
                 : result == 0 ? EXIT_DONE
                               : failure_finish(context->sink, &failure);
    return transfer_follow_end(context, &follow, status);
}

static bool is_forked(const void *options)
{
    return ((const struct transfer_options *)options)->second == SECOND_FORK;
}

static bool is_traced(const void *options)
{
    return ((const struct transfer_options *)options)->trace;
}

static bool is_drops_traced(const void *options)
{
    return ((const struct transfer_options *)options)->drops;
}

const struct permit transfer_permits[] = {
    {is_forked, SANDBOX_FORK, 0, "--dup fork: the process that holds the socket too"},
    {is_traced, SANDBOX_WRITE | SANDBOX_NAME, 0, "--trace-states: an instance of tracefs, made and removed"},
    {is_drops_traced, SANDBOX_WRITE | SANDBOX_NAME, 0, "--drops: the same"},
    {.why = NULL},
};
