/* SPDX-License-Identifier: ISC */
/* The options that describe a socket and how it is opened, shared by the commands that open one. */
#include "cmd/options/socket-options.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/options/sockopt-words.h"
#include "kernel/wire.h"
#include "net/socket/target.h"

static bool timeout_parse(const char *text, void *field, char *error, size_t size)
{
    struct spec *spec = field;
    int64_t ns;
    const char *why;
    if (!duration_parse(text, &ns, &why)) {
        snprintf(error, size, "'%s' is %s", text, why);
        return false;
    }
    spec->timeout = spec->connect_timeout = spec->accept_timeout = spec->idle_timeout = ns;
    return true;
}

static bool setting_parse(const char *text, void *field, char *error, size_t size)
{
    return settings_add(field, text, error, size);
}

/* nc's letters as settings of -o. Options that IPv4 and IPv6 name differently are set by both names, each for
 * its family. */
static bool pair_parse(
    const char *name4, const char *name6, const char *text, void *field, char *error, size_t size)
{
    return settings_add_for(field, AF_INET, name4, text, error, size) &&
           settings_add_for(field, AF_INET6, name6, text, error, size);
}

bool ttl_parse(const char *text, void *field, char *error, size_t size)
{
    return pair_parse("IP_TTL", "IPV6_UNICAST_HOPS", text, field, error, size);
}

bool minimum_ttl_parse(const char *text, void *field, char *error, size_t size)
{
    return pair_parse("IP_MINTTL", "IPV6_MINHOPCOUNT", text, field, error, size);
}

bool tos_parse(const char *text, void *field, char *error, size_t size)
{
    return pair_parse("IP_TOS", "IPV6_TCLASS", text, field, error, size);
}

bool receive_buffer_parse(const char *text, void *field, char *error, size_t size)
{
    return settings_add_for(field, AF_UNSPEC, "SO_RCVBUF", text, error, size);
}

bool send_buffer_parse(const char *text, void *field, char *error, size_t size)
{
    return settings_add_for(field, AF_UNSPEC, "SO_SNDBUF", text, error, size);
}

bool broadcast_parse(const char *text, void *field, char *error, size_t size)
{
    (void)text;
    return settings_add_for(field, AF_UNSPEC, "SO_BROADCAST", "1", error, size);
}

static void tos_complete(const struct completion *completion)
{
    for (const struct name *row = names_tos.rows; row->name; row++)
        complete_word(completion, row->name);
}

#define FIELD(member) .offset = offsetof(struct spec, member)
const struct option_row socket_rows[] = {
    {'4', "ipv4", NULL, "IPv4 only", .type = OPTION_ONE_OF, FIELD(family), .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 only", .type = OPTION_ONE_OF, FIELD(family), .minimum = AF_INET6},
    {'u', "udp", NULL, "datagrams: UDP, or a unix datagram socket with -U", .type = OPTION_ONE_OF,
        FIELD(type), .minimum = SOCK_DGRAM},
    {'U', "unix", NULL, "a unix socket; the operand is its path, @NAME is abstract", .type = OPTION_ONE_OF,
        FIELD(family), .minimum = AF_UNIX},
    {0, "seqpacket", NULL, "with -U: SOCK_SEQPACKET", .type = OPTION_ONE_OF, FIELD(type),
        .minimum = SOCK_SEQPACKET},
    {'n', "numeric", NULL, "addresses and ports are numeric: look up no names", .type = OPTION_TRUE,
        FIELD(numeric)},
    {'w', "timeout", "T", "time limit for connect, accept and idling", .type = OPTION_CUSTOM, .offset = 0,
        .parse = timeout_parse},
    {0, "connect-timeout", "T", "limit for connect only", .type = OPTION_DURATION, FIELD(connect_timeout)},
    {0, "accept-timeout", "T", "limit for accept only", .type = OPTION_DURATION, FIELD(accept_timeout)},
    {0, "idle-timeout", "T", "limit for idling only", .type = OPTION_DURATION, FIELD(idle_timeout)},
    {'o', "option", "[WHEN:]NAME[=VALUE]",
        "set a socket option by its C name, or only read it, and show the value in effect; 'help' lists the "
        "options",
        .type = OPTION_CUSTOM, FIELD(settings), .parse = setting_parse, .complete = sockopt_complete,
        .list = sockopt_list},
    {'I', "receive-buffer", "N", "-o SO_RCVBUF=N", .type = OPTION_CUSTOM, FIELD(settings),
        .parse = receive_buffer_parse},
    {'O', "send-buffer", "N", "-o SO_SNDBUF=N", .type = OPTION_CUSTOM, FIELD(settings),
        .parse = send_buffer_parse},
    {'M', "ttl", "TTL", "-o IP_TTL=TTL; for IPv6, IPV6_UNICAST_HOPS", .type = OPTION_CUSTOM, FIELD(settings),
        .parse = ttl_parse},
    {'m', "minttl", "TTL", "-o IP_MINTTL=TTL; for IPv6, IPV6_MINHOPCOUNT", .type = OPTION_CUSTOM,
        FIELD(settings), .parse = minimum_ttl_parse},
    {'T', "tos", "TOS",
        "-o IP_TOS=TOS; for IPv6, IPV6_TCLASS: a number, a DSCP class such as ef, or lowdelay, throughput, "
        "reliability",
        .type = OPTION_CUSTOM, FIELD(settings), .parse = tos_parse, .complete = tos_complete},
    {'b', "broadcast", NULL, "-o SO_BROADCAST=1", .type = OPTION_CUSTOM, FIELD(settings),
        .parse = broadcast_parse},
    {0, "wire", NULL, "show the TCP segments on the wire among the calls; needs CAP_NET_RAW and libpcap",
        .type = OPTION_TRUE, FIELD(wire)},
    {.type = OPTION_END},
};

const struct option_row dial_rows[] = {
    {'s', "source", "ADDR", "connect from this local address (a path with -U)", .type = OPTION_TEXT,
        FIELD(source_host)},
    {'p', "source-port", "PORT", "connect from this local port", .type = OPTION_TEXT, FIELD(source_service)},
    {0, "retry", "T", "if connecting fails, retry for at most T", .type = OPTION_DURATION, FIELD(retry)},
    {.type = OPTION_END},
};

/* Only -M, -m and -T differ by family. */
static bool has_ip_settings(const struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->items[i].family != AF_UNSPEC)
            return true;
    return false;
}

int socket_options_plan(struct spec *spec)
{
    char error[512];
    if (spec->family == AF_UNIX && has_ip_settings(&spec->settings))
        return usage_error("-M, -m, -T: a unix socket has no TTL and no TOS");
    if (spec->type == SOCK_SEQPACKET && spec->family != AF_UNIX)
        return usage_error("--seqpacket needs a unix socket (-U)");
    if (spec->source_service && spec->family == AF_UNIX)
        return usage_error("-p: a unix socket has no port");
    if (spec->source_host && !*spec->source_host && spec->family != AF_UNIX)
        return usage_error("-s: the address is empty");
    if (spec->source_service && !service_check(spec->source_service, 0, error, sizeof(error)))
        return usage_error("-p: %s", error);
    if (!spec->wire)
        return EXIT_DONE;
    if (spec->type != SOCK_STREAM || spec->family == AF_UNIX)
        return usage_error("--wire: only TCP has segments");
    /* Only a trial: the plan owns nothing. */
    struct wire *wire = wire_open(error, sizeof(error));
    if (!wire)
        return missing_error("--wire: %s", error);
    wire_close(wire);
    return EXIT_DONE;
}

int timeouts_check(const struct spec *spec, const struct timeout_reasons *reasons)
{
    const struct {
        int64_t limit;
        const char *name, *reason;
    } limits[] = {
        {spec->connect_timeout, "--connect-timeout", reasons->connect},
        {spec->accept_timeout, "--accept-timeout", reasons->accept},
        {spec->idle_timeout, "--idle-timeout", reasons->idle},
    };
    for (size_t i = 0; i < array_size(limits); i++)
        if (limits[i].reason && limits[i].limit >= 0 && limits[i].limit != spec->timeout)
            return usage_error("%s: %s", limits[i].name, limits[i].reason);
    return EXIT_DONE;
}
