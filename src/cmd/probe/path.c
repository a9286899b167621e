/* SPDX-License-Identifier: ISC */
/* connect --path: which way a connection goes, a line a hop on stdout, and where it ends. */
#include "cmd/probe/path.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/stop.h"
#include "net/path/path.h"
#include "net/socket/target.h"

#define QUERIES_DEFAULT 3

#define FIELD(member) offsetof(struct path_options, member)
const struct option_row path_rows[] = {
    {0, "path", NULL, "show the routers on the way to the port, and where the way ends; connects no further",
        .type = OPTION_TRUE, .offset = FIELD(on)},
    {0, "queries", "N", "with --path: ask each hop N times (default: 3)", .type = OPTION_INT, .minimum = 1,
        .maximum = PATH_QUERIES, .offset = FIELD(queries)},
    {.type = OPTION_END},
};

int path_options_plan(const struct path_options *options, const struct spec *spec)
{
    if (!options->on)
        return options->queries ? usage_error("--queries needs --path") : EXIT_DONE;
    if (spec->family == AF_UNIX)
        return usage_error("--path: there is no router to a unix socket");
    if (spec->source_service)
        return usage_error("--path excludes -p: each query has a local port of its own");
    if (spec->retry >= 0)
        return usage_error("--path excludes --retry");
    if (settings_has(&spec->settings, IPPROTO_IP, IP_TTL))
        return usage_error("--path sets IP_TTL itself");
    if (settings_has(&spec->settings, IPPROTO_IPV6, IPV6_UNICAST_HOPS))
        return usage_error("--path sets IPV6_UNICAST_HOPS itself");
    return EXIT_DONE;
}

/* Each address has a way of its own. */
static void left_out_emit(struct sink *sink, const struct spec *spec, size_t count)
{
    char text[128];
    if (count == 0)
        return;
    snprintf(text, sizeof(text), "this name has %zu more %s; give one to see the way to it", count,
        count == 1 ? "address" : "addresses");
    emit(sink, EVENT_WARNING, F_WARNING(ADDRESSES_LEFT_OUT), F_TEXT("text", text),
        F_FOREIGN("name", spec->host), F_INT("count", (int64_t)count));
}

static int verdict_finish(const struct path *path, const struct path_end *end)
{
    static const int statuses[] = {[PATH_SILENT] = EXIT_TIMEOUT,
        [PATH_EXCEEDED] = EXIT_UNREACHABLE,
        [PATH_ICMP] = EXIT_UNREACHABLE,
        [PATH_OPEN] = EXIT_DONE,
        [PATH_CLOSED] = EXIT_REFUSED};
    int error = end->said == PATH_SILENT ? ETIMEDOUT : end->loop ? EHOSTUNREACH : end->answer->error;
    if (statuses[end->said] != EXIT_DONE)
        emit(path->context->sink, EVENT_FAILED,
            F_TEXT("call", path->plan->spec->type == SOCK_DGRAM ? "sendto" : "connect"),
            F_ADDRESS("address", path->target), F_ERRNO(error));
    return error == ECONNREFUSED ? EXIT_REFUSED : statuses[end->said];
}

int path_options_run(
    const struct context *context, const struct path_options *options, const struct spec *spec)
{
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    struct failure failure = {.phase = PHASE_NONE};
    cleanup_free struct path *path = calloc(1, sizeof(*path));
    context->sink->results = context->sink->out;
    if (!path)
        return call_finish(context->sink, "calloc");
    if (targets_of(context, spec, targets_limit(context, spec), &targets, &sources, &failure) < 0)
        return failure_finish(context->sink, &failure);
    size_t left_out = targets.count - 1;
    targets_choose(context->sink, &targets);
    address_resolve_wildcard(&targets.items[0]);
    struct address source = target_source(spec, &sources, &targets.items[0]);
    /* On an IPv6 socket the options that limit and report the hops do not act on IPv4. */
    if (address_unmap(&targets.items[0]))
        address_unmap(&source);
    const struct path_plan plan = {.spec = spec,
        .source = source,
        .queries = options->queries ? (unsigned)options->queries : QUERIES_DEFAULT};
    *path =
        (struct path){.context = context, .plan = &plan, .target = &targets.items[0], .failure = &failure};
    int64_t began = clock_now();
    int result = path_ask(path);
    if (result < 0)
        return failure_finish(context->sink, &failure);
    int64_t elapsed = clock_now() - began;
    if (result == 0)
        path_mtu_ask(path);
    struct path_end end = path_end_of(path);
    path_emit(path, &end, result == 0, elapsed);
    left_out_emit(context->sink, spec, left_out);
    /* A signal also cuts short the questions about MTU and names. */
    int status = result > 0 ? EXIT_SIGNAL + result : stop_wait(context, 0);
    return status != EXIT_DONE ? status : verdict_finish(path, &end);
}
