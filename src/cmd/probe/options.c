/* SPDX-License-Identifier: ISC */
/* The options of connect -z, and what is wrong with them. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/options/operands.h"
#include "cmd/probe/probe.h"

static const struct name until_rows[] = {
    {PROBE_UNTIL_OPEN, "open"}, {PROBE_UNTIL_CLOSED, "closed"}, {0, NULL}};
static const struct name_table names_until = {.prefix = "", .rows = until_rows};

#define FIELD(member) offsetof(struct probe_options, member)
const struct option_row probe_rows[] = {
    {'z', "probe", NULL, "show which ports are open; PORT may be a list: 22,80,8000-8100,http",
        .type = OPTION_TRUE, .offset = FIELD(on)},
    {0, "parallel", "N", "with -z: at most N ports at once", .type = OPTION_INT, .minimum = 1,
        .maximum = 60000, .offset = FIELD(parallel)},
    {0, "all", NULL, "with -z: every address of the name, not only the first that has a route",
        .type = OPTION_TRUE, .offset = FIELD(all)},
    {0, "data", "TEXT", "with -z -u: the datagram to send, with the escapes of unvis(3) (default: empty)",
        .type = OPTION_TEXT, .offset = FIELD(data)},
    {0, "every", "T", "with -z: probe again every T and report each probe, then a summary of the times",
        .type = OPTION_DURATION, .offset = FIELD(every)},
    {0, "count", "N", "with --every: N probes", .type = OPTION_INT, .minimum = 1, .maximum = INT_MAX,
        .offset = FIELD(count)},
    {0, "until", "open|closed", "with -z: probe until a port is open (--retry limits that), or until none is",
        .type = OPTION_CHOICE, .names = &names_until, .offset = FIELD(until)},
    {.type = OPTION_END},
};

static bool data_decode(struct probe_options *options)
{
    if (!options->data)
        return true;
    int length = text_unescape(options->data, strlen(options->data) + 1, options->data);
    options->length = length < 0 ? 0 : (size_t)length;
    return length >= 0;
}

bool probe_options_ports(const struct probe_options *options, struct ports *ports,
    int (*service)(void *context, const char *name), void *context, char *error, size_t size)
{
    for (int i = 0; i < options->words_count; i++)
        if (!ports_parse(ports, options->words[i], service, context, error, size))
            return false;
    return true;
}

static int ports_check(const struct probe_options *options)
{
    cleanup_free struct ports *ports = calloc(1, sizeof(*ports));
    char error[512] = "out of memory";
    if (ports && probe_options_ports(options, ports, NULL, NULL, error, sizeof(error)))
        return EXIT_DONE;
    return usage_error("%s", error);
}

int probe_options_plan(struct probe_options *options, struct spec *spec, int argc, char **argv)
{
    const char *unused = options->parallel     ? "parallel"
                         : options->all        ? "all"
                         : options->data       ? "data"
                         : options->every >= 0 ? "every"
                         : options->count      ? "count"
                         : options->until      ? "until"
                                               : NULL;
    if (!options->on)
        return unused ? usage_error("--%s needs -z", unused) : EXIT_DONE;
    if (spec->family == AF_UNIX)
        return usage_error("-z: a unix socket has no ports");
    if (options->data && spec->type != SOCK_DGRAM)
        return usage_error("--data needs -u: only UDP ports are sent data");
    if (options->every == 0)
        return usage_error("--every 0: there must be time between two probes");
    if (options->count && options->every < 0)
        return usage_error("--count needs --every");
    if (options->until == PROBE_UNTIL_CLOSED && spec->type == SOCK_DGRAM)
        return usage_error("--until closed: the silence of a UDP port does not say that it is closed");
    if (!data_decode(options))
        return usage_error("--data '%s': invalid escape (see unvis(3))", options->data);
    const char *first;
    int status = operands_take(argc < 2 ? argc : 2, argv, false, &spec->host, &first);
    if (status != EXIT_DONE)
        return status;
    options->words = argc < 2 ? &options->first : argv + 1;
    options->words[0] = (char *)first;
    options->words_count = argc < 2 ? 1 : argc - 1;
    return ports_check(options);
}
