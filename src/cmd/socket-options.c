/* The options that say what socket is to be opened: rows for struct spec, shared by the commands that open one. */
#include "cmd/socket-options.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/command.h"

/* -w: the one time for everything that waits. */
static bool timeout_parse(const char *text, void *field, char *error, size_t size)
{
    struct spec *spec = field;
    const char *why;
    int64_t time;
    if (!duration_parse(text, &time, &why)) {
        snprintf(error, size, "'%s' is %s", text, why);
        return false;
    }
    spec->connect_timeout = spec->accept_timeout = spec->idle_timeout = time;
    return true;
}

static bool setting_parse(const char *text, void *field, char *error, size_t size)
{
    return settings_add(&((struct spec *)field)->settings, text, error, size);
}

/* nc's letters for what -o does. */
static bool named_parse(const char *name, const char *text, void *field, char *error, size_t size)
{
    char setting[160];
    snprintf(setting, sizeof(setting), "%s=%s", name, text);
    return settings_add(&((struct spec *)field)->settings, setting, error, size);
}

static bool receive_buffer_parse(const char *text, void *field, char *error, size_t size)
{
    return named_parse("SO_RCVBUF", text, field, error, size);
}

static bool send_buffer_parse(const char *text, void *field, char *error, size_t size)
{
    return named_parse("SO_SNDBUF", text, field, error, size);
}

static bool minimum_ttl_parse(const char *text, void *field, char *error, size_t size)
{
    return named_parse("IP_MINTTL", text, field, error, size);
}

static bool ttl_parse(const char *text, void *field, char *error, size_t size)
{
    return named_parse("IP_TTL", text, field, error, size);
}

static bool tos_parse(const char *text, void *field, char *error, size_t size)
{
    long value;
    char number[32];
    if (!name_parse(&names_tos, text, &value) || value < 0 || value > 255) {
        snprintf(error, size,
            "'%s' is no TOS (0 to 0xff, lowdelay, throughput, reliability, or a DSCP class)", text);
        return false;
    }
    snprintf(number, sizeof(number), "%ld", value);
    return named_parse("IP_TOS", number, field, error, size);
}

static bool broadcast_parse(const char *text, void *field, char *error, size_t size)
{
    (void)text;
    return named_parse("SO_BROADCAST", "1", field, error, size);
}

static void tos_complete(const struct completion *completion)
{
    for (const struct name *row = names_tos.rows; row->name; row++)
        complete_word(completion, row->name);
}

#define SPEC(member) offsetof(struct spec, member)
/* clang-format off */
const struct option_row socket_rows[] = {
    {'4', NULL, NULL, "IPv4 only", .type = OPTION_SET, .offset = SPEC(family), .minimum = AF_INET},
    {'6', NULL, NULL, "IPv6 only", .type = OPTION_SET, .offset = SPEC(family), .minimum = AF_INET6},
    {'u', "udp", NULL, "datagrams: UDP, or unix datagrams with -U", .type = OPTION_SET, .offset = SPEC(type), .minimum = SOCK_DGRAM},
    {'U', "unix", NULL, "unix socket: the operand is a path, or @name in the abstract namespace", .type = OPTION_SET, .offset = SPEC(family), .minimum = AF_UNIX},
    {0, "seqpacket", NULL, "with -U: SOCK_SEQPACKET", .type = OPTION_SET, .offset = SPEC(type), .minimum = SOCK_SEQPACKET},
    {'n', "numeric", NULL, "addresses are numbers: no name is looked up", .type = OPTION_TRUE, .offset = SPEC(numeric)},
    {'w', "timeout", "T", "give up after T: connecting, accepting and idling each", .type = OPTION_CUSTOM, .parse = timeout_parse},
    {0, "connect-timeout", "T", "give up connecting after T", .type = OPTION_DURATION, .offset = SPEC(connect_timeout)},
    {0, "accept-timeout", "T", "give up accepting after T", .type = OPTION_DURATION, .offset = SPEC(accept_timeout)},
    {0, "idle-timeout", "T", "give up when no byte moves for T", .type = OPTION_DURATION, .offset = SPEC(idle_timeout)},
    {'o', "option", "[WHEN:]NAME[=VALUE]", "set a socket option by its C name; WHEN is early, bound, after or conn", .type = OPTION_CUSTOM, .parse = setting_parse},
    {'I', NULL, "BYTES", "receive buffer: -o SO_RCVBUF=BYTES", .type = OPTION_CUSTOM, .parse = receive_buffer_parse},
    {'O', NULL, "BYTES", "send buffer: -o SO_SNDBUF=BYTES", .type = OPTION_CUSTOM, .parse = send_buffer_parse},
    {'M', NULL, "TTL", "time to live: -o IP_TTL=TTL", .type = OPTION_CUSTOM, .parse = ttl_parse},
    {'m', NULL, "TTL", "least time to live accepted: -o IP_MINTTL=TTL", .type = OPTION_CUSTOM, .parse = minimum_ttl_parse},
    {'T', NULL, "TOS", "type of service: -o IP_TOS=TOS, a number, a DSCP class, or lowdelay, throughput, reliability", .type = OPTION_CUSTOM, .parse = tos_parse, .complete = tos_complete},
    {'b', "broadcast", NULL, "allow broadcast: -o SO_BROADCAST=1", .type = OPTION_CUSTOM, .parse = broadcast_parse},
    {.type = OPTION_END},
};
/* clang-format on */

int socket_options_plan(struct spec *spec)
{
    if (spec->type == SOCK_SEQPACKET && spec->family != AF_UNIX)
        return usage_error("--seqpacket needs -U");
    return EXIT_DONE;
}
