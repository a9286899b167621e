/* SPDX-License-Identifier: ISC */
/* From nc's letters and operands to the plan of a socket and of a transfer. */
#include <stdint.h>
#include <unistd.h>

#include "base/address.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/nc/nc.h"
#include "net/socket/target.h"
#include "report/writer.h"

/* nc reads this many bytes at once, so that -W counts the same. */
#define NC_CHUNK (16 * 1024)

/* Never, as a duration that can still be added to a time. */
#define FOR_EVER (INT64_MAX / 4)

static int usage(void)
{
    FILE *out = writer_stream(STDERR_FILENO);
    nc_usage_write(out, help_width(STDERR_FILENO));
    writer_flush(out);
    return EXIT_OTHER;
}

/* HOST PORT, PORT, or the same by -s and -p. */
static int server_operands(struct nc_options *options, int argc, char **argv)
{
    struct spec *spec = &options->spec;
    char error[512];
    bool has_port = spec->source_service != NULL;
    int hosts = argc - !has_port;
    if (argc == 0 && !has_port)
        return nc_mistake("missing port number");
    if (hosts > 1 || (hosts == 1 && spec->source_host))
        return usage();
    spec->service = has_port ? spec->source_service : argv[argc - 1];
    spec->host = hosts == 1 ? argv[0] : spec->source_host;
    if (!service_check(spec->service, 0, error, sizeof(error)))
        return nc_mistake("%s", error);
    /* These are the ends of a connect. */
    spec->source_service = spec->source_host = NULL;
    /* nc takes the first wildcard address of the resolver. */
    if (!spec->host && spec->family == AF_UNSPEC)
        spec->family = AF_INET;
    return EXIT_DONE;
}

static int client_operands(struct nc_options *options, int argc, char **argv)
{
    const char *port = options->spec.source_service;
    char error[512];
    if (argc == 0)
        return usage();
    if (argc == 1)
        return nc_mistake("missing port number");
    if (port && !service_check(port, 0, error, sizeof(error)))
        return nc_mistake("-p: %s", error);
    options->spec.host = argv[0];
    options->ports = argv + 1;
    options->port_count = argc - 1;
    return EXIT_DONE;
}

static int unix_operands(struct nc_options *options, int argc, char **argv)
{
    struct address address;
    if (argc == 0)
        return nc_mistake("missing socket pathname");
    if (argc > 1)
        return nc_mistake("cannot use port with -U");
    options->spec.path = argv[0];
    options->spec.source_service = NULL;
    if (!address_unix(&address, argv[0]) ||
        (options->spec.source_host && !address_unix(&address, options->spec.source_host)))
        return nc_mistake("a path is empty or too long (107 bytes)");
    return EXIT_DONE;
}

/* When the conversation ends, and what it does at the end of stdin. */
static void ends_plan(struct nc_options *options)
{
    struct spec *spec = &options->spec;
    struct transfer_options *transfer = &options->transfer;
    bool datagrams = spec->type == SOCK_DGRAM;
    bool half_closes = options->half_closes || options->quit_after >= 0;
    if (options->timeout >= 0)
        spec->idle_timeout = options->timeout * NS_PER_S;
    /* A listener waits for ever for its peer, and one of datagrams that keeps on never ends. */
    if (!options->listens)
        spec->connect_timeout = spec->idle_timeout;
    else if (options->keeps && datagrams)
        spec->idle_timeout = -1;
    transfer->no_shutdown = !half_closes;
    transfer->peer_eof_end = options->listens;
    if (options->quit_after > 0)
        transfer->quit_after = options->quit_after * NS_PER_S;
    /* Nothing but a limit ends an exchange of datagrams that cannot be half-closed. */
    else if (datagrams)
        transfer->quit_after = half_closes ? 0 : FOR_EVER;
    if (options->listens && options->keeps && datagrams)
        transfer->no_input = true;
}

static void transfer_plan_fill(struct nc_options *options)
{
    struct transfer_options *transfer = &options->transfer;
    ends_plan(options);
    transfer->accepts = options->listens;
    transfer->piped = true;
    transfer->several = options->keeps || options->port_count > 1;
    transfer->receives = (uint64_t)options->receives;
    if (options->interval > 0)
        transfer->interval = options->interval * NS_PER_S;
    if (options->receives && options->spec.type != SOCK_DGRAM)
        transfer->chunk = NC_CHUNK;
}

int nc_plan(struct nc_options *options, int argc, char **argv)
{
    if (options->listens && options->probes)
        return nc_mistake("cannot use -z and -l");
    if (options->keeps && !options->listens)
        return nc_mistake("must use -l with -k");
    int status = options->spec.family == AF_UNIX ? unix_operands(options, argc, argv)
                 : options->listens              ? server_operands(options, argc, argv)
                                                 : client_operands(options, argc, argv);
    if (status != EXIT_DONE)
        return status;
    transfer_plan_fill(options);
    return transfer_options_plan(&options->transfer, &options->spec) == EXIT_DONE ? EXIT_DONE : EXIT_OTHER;
}
