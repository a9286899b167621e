/* SPDX-License-Identifier: ISC */
/* nc as a client: connects to one port after another, to each by one address after another. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/call.h"
#include "call/lookup.h"
#include "cmd/command.h"
#include "cmd/nc/lines.h"
#include "cmd/nc/nc.h"
#include "cmd/nc/ports.h"
#include "cmd/permit.h"
#include "cmd/stop.h"
#include "cmd/transfer.h"
#include "net/connect/dial.h"
#include "net/socket/target.h"

/* Not connected, but the next port may be. */
#define NOT_CONNECTED (-1)

/* How long a datagram of -v is waited for that is refused, without -w. */
#define UDP_SECONDS 3

struct client {
    const struct nc_options *options;
    const struct context *context;
    const char *protocol;
    char host[ADDRESS_TEXT_MAX]; /* the address that is tried */
    char port[16];               /* "" for a unix socket */
    bool is_last;
};

/* The address as nc shows it beside a host: only if it is another word. */
static const char *address_beside(const struct client *client)
{
    return strcmp(client->options->spec.host, client->host) == 0 ? NULL : client->host;
}

static int resolve_fail(const struct client *client, const struct failure *failure)
{
    const char *text = failure->eai ? gai_strerror(failure->eai) : strerror(failure->error);
    NC_LINE(NOT_RESOLVED, F_TEXT("program", getprogname()), F_FOREIGN("host", failure->name),
        F_TEXT("port", *client->port ? client->port : NULL), F_TEXT("text", text));
    return EXIT_OTHER;
}

/* Says why one address was not connected to. NOT_CONNECTED, or EXIT_OTHER if no other would do better. */
static int dial_fail(const struct client *client, const struct failure *failure)
{
    const struct spec *spec = &client->options->spec;
    const char *text = strerror(failure->error);
    if (failure->phase == PHASE_RESOLVE)
        return resolve_fail(client, failure);
    if (failure->phase == PHASE_LOCAL && strcmp(failure->call, "socket") != 0) {
        NC_LINE(CALL_FAILED, F_TEXT("program", getprogname()), F_TEXT("call", failure->call),
            F_TEXT("text", text));
        return EXIT_OTHER;
    }
    if (spec->family == AF_UNIX)
        NC_LINE(
            FAILED, F_TEXT("program", getprogname()), F_FOREIGN("name", spec->path), F_TEXT("text", text));
    else if (client->options->verbose)
        NC_LINE(NOT_CONNECTED, F_TEXT("program", getprogname()), F_FOREIGN("host", spec->host),
            F_TEXT("address", address_beside(client)), F_TEXT("port", client->port),
            F_TEXT("protocol", client->protocol),
            F_TEXT("outcome", failure->error == ETIMEDOUT ? "timed out" : "failed"), F_TEXT("text", text));
    return NOT_CONNECTED;
}

static int spec_dial(struct client *client, const struct spec *spec, struct dialed *dialed)
{
    struct failure failure = {.phase = PHASE_NONE};
    int result = dial(client->context, spec, 1, dialed, &failure);
    if (result == DIAL_STOPPED)
        return stop_status(client->context);
    return result == 0 ? EXIT_DONE : dial_fail(client, &failure);
}

/* Tries the addresses in turn. EXIT_DONE with *dialed, NOT_CONNECTED, or the exit status. */
static int port_dial(struct client *client, struct dialed *dialed)
{
    cleanup_targets struct targets targets = {.items = NULL}, sources = {.items = NULL};
    struct failure failure;
    cleanup_free struct spec *spec = malloc(sizeof(*spec));
    if (!spec)
        return nc_mistake("%s", strerror(errno));
    *spec = client->options->spec;
    spec->service = client->port;
    if (targets_of(client->context, spec, INT64_MAX, &targets, &sources, &failure) < 0)
        return resolve_fail(client, &failure);
    spec->host = client->host;
    int status = NOT_CONNECTED;
    for (size_t i = 0; i < targets.count && status == NOT_CONNECTED; i++) {
        host_text(&targets.items[i], client->host, sizeof(client->host));
        status = spec_dial(client, spec, dialed);
    }
    return status;
}

/* Sends what nc sends to find out whether a datagram is refused. EXIT_DONE, NOT_CONNECTED if it is, or the
 * exit status after a stop. */
static int datagrams_test(const struct client *client, int fd)
{
    int seconds = client->options->timeout < 0 ? UDP_SECONDS : client->options->timeout;
    for (int i = 0; i < seconds + 2; i++) {
        int status = i < 2 ? EXIT_DONE : stop_wait(client->context, NS_PER_S);
        if (status != EXIT_DONE)
            return status;
        if (call_send(client->context->sink, fd, "X", 1, 0) < 0 && errno == ECONNREFUSED)
            return NOT_CONNECTED;
    }
    return EXIT_DONE;
}

static void succeeded_say(const struct client *client)
{
    const struct nc_options *options = client->options;
    char service[256];
    const struct servent *entry =
        options->spec.numeric ? NULL
                              : call_getservbyport(client->context->sink,
                                    htons((uint16_t)strtol(client->port, NULL, 10)), client->protocol);
    snprintf(service, sizeof(service), "[%s/%s]", client->protocol, entry ? entry->s_name : "*");
    NC_LINE(SUCCEEDED, F_FOREIGN("host", options->spec.host), F_TEXT("address", address_beside(client)),
        F_TEXT("port", client->port), F_FOREIGN("service", service));
}

/* What -v says of a connection, for datagrams after a test. */
static int connection_say(const struct client *client, int fd)
{
    const struct nc_options *options = client->options;
    if (!options->verbose || options->spec.family == AF_UNIX)
        return EXIT_DONE;
    int status = options->spec.type == SOCK_DGRAM ? datagrams_test(client, fd) : EXIT_DONE;
    if (status == EXIT_DONE)
        succeeded_say(client);
    return status;
}

static int connection_use(const struct client *client, struct dialed *dialed)
{
    const struct nc_options *options = client->options;
    struct sink *sink = client->context->sink;
    struct failure failure = {.phase = PHASE_NONE};
    int status = connection_say(client, dialed->fd);
    if (status != EXIT_DONE || options->probes) {
        call_close(sink, &dialed->fd);
        unix_path_remove(&dialed->path);
        return status;
    }
    if (client->is_last)
        sandbox_settle(&options->spec);
    const struct connection connection = {
        .fd = dialed->fd, .conn = 1, .peer = dialed->peer, .local = dialed->local};
    int result = transfer_move(client->context, &options->transfer, &options->spec, &connection, &failure);
    unix_path_remove(&dialed->path);
    return nc_transfer_status(result, &failure);
}

static int path_run(struct client *client)
{
    struct dialed dialed;
    client->is_last = true;
    int status = spec_dial(client, &client->options->spec, &dialed);
    if (status == EXIT_DONE)
        status = connection_use(client, &dialed);
    return status < 0 ? EXIT_OTHER : status;
}

int nc_client_run(const struct nc_options *options, const struct context *context)
{
    struct client client = {
        .options = options, .context = context, .protocol = options->spec.type == SOCK_DGRAM ? "udp" : "tcp"};
    if (options->spec.family == AF_UNIX)
        return path_run(&client);
    struct nc_ports ports;
    int status = nc_ports_make(options, context->sink, &ports), best = EXIT_OTHER;
    cleanup_free uint16_t *items = ports.items;
    for (size_t i = 0; i < ports.count && status == EXIT_DONE; i++) {
        struct dialed dialed;
        client.is_last = i + 1 == ports.count;
        snprintf(client.port, sizeof(client.port), "%u", items[i]);
        if (i > 0 && options->interval > 0 &&
            (status = stop_wait(context, options->interval * NS_PER_S)) != EXIT_DONE)
            return status;
        if ((status = port_dial(&client, &dialed)) == EXIT_DONE) {
            status = connection_use(&client, &dialed);
            /* As nc has it: a datagram that is refused makes good what went before bad. */
            best = status < 0 ? EXIT_OTHER : EXIT_DONE;
        }
        if (status < 0)
            status = EXIT_DONE;
    }
    return status != EXIT_DONE ? status : best;
}
