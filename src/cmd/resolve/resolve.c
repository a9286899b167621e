/* SPDX-License-Identifier: ISC */
/* resolve: from a name to addresses, member by member as the resolver returned them. */
#include "cmd/resolve/resolve.h"

#include <locale.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/portability.h"
#include "cmd/netns.h"
#include "cmd/options/nc-letters.h"
#include "cmd/resolve/netdb.h"
#include "cmd/options/operands.h"

static const struct name_table api_names = {
    "", (const struct name[]){{API_GETADDRINFO, "getaddrinfo"}, {API_GETHOSTBYNAME, "gethostbyname"},
            {API_GETSERVBYNAME, "getservbyname"}, {0, NULL}}};

#define FIELD(member) .offset = offsetof(struct resolve_options, member)
static const struct option_row hint_rows[] = {
    {'4', "ipv4", NULL, "IPv4 addresses only (AF_INET)", .type = OPTION_ONE_OF, FIELD(family),
        .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 addresses only (AF_INET6)", .type = OPTION_ONE_OF, FIELD(family),
        .minimum = AF_INET6},
    {0, "family", "AF", "ai_family: any, by name or number", .type = OPTION_NAME, FIELD(family),
        .names = &names_family},
    {'u', "udp", NULL, "datagram sockets only (SOCK_DGRAM)", .type = OPTION_SET, FIELD(type),
        .minimum = SOCK_DGRAM},
    {0, "type", "SOCK", "ai_socktype: any, by name or number", .type = OPTION_NAME, FIELD(type),
        .names = &names_type},
    {0, "protocol", "IPPROTO", "ai_protocol: any, by name or number", .type = OPTION_NAME, FIELD(protocol),
        .names = &names_protocol},
    {0, "flags", "AI,...", "ai_flags: names or numbers, joined by commas", .type = OPTION_FLAGS, FIELD(flags),
        .names = &names_ai},
    {'n', "numeric", NULL, "look up no names (AI_NUMERICHOST)", .type = OPTION_TRUE, FIELD(numeric)},
    {0, "no-hints", NULL, "pass a null pointer as hints, which glibc reads as AI_V4MAPPED and AI_ADDRCONFIG",
        .type = OPTION_TRUE, FIELD(no_hints)},
    {.type = OPTION_END},
};

static const struct option_row resolve_rows[] = {
    {0, "api", "FUNCTION",
        "what to call: getaddrinfo (the default), gethostbyname, or getservbyname (NAME is a service, "
        "SERVICE a protocol)",
        .type = OPTION_CHOICE, FIELD(api), .names = &api_names},
    {0, "with-source", NULL, "show the local address that the kernel would use for each (sends nothing)",
        .type = OPTION_TRUE, FIELD(with_source)},
    {0, "bytes", NULL,
        "show what each conversion function makes of NAME, and every sockaddr, port and address in network "
        "byte order",
        .type = OPTION_TRUE, FIELD(bytes)},
    {0, "dns", NULL,
        "ask each name server by itself, and show its answers beside what getaddrinfo made of them",
        .type = OPTION_TRUE, FIELD(dns)},
    {0, "stdin", NULL, "read names from stdin, one per line, look up many at once, and report them in order",
        .type = OPTION_TRUE, FIELD(from_stdin)},
    {0, "parallel", "N", "with --stdin: look up N at once (default 32)", .type = OPTION_INT, FIELD(parallel),
        .minimum = 1, .maximum = 1024},
    {.type = OPTION_END},
};

static const struct option_set resolve_sets[] = {
    {"Lookup", resolve_rows, 0},
    {"Hints of getaddrinfo", hint_rows, 0},
    {"Where", netns_rows, 0},
    {"Report", report_rows, 0},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

#define PARALLEL_DEFAULT 32

/* Splits an address as it is printed, "127.0.0.1:80", "[::1]:80" or "[::1]": names have no colon or
 * brackets. */
static void printed_split(struct resolve_options *options, char *word)
{
    size_t length = strlen(word);
    char *host, *service;
    if (length > 2 && word[0] == '[' && word[length - 1] == ']') {
        word[length - 1] = '\0';
        options->host = word + 1;
    } else if (!options->service && length > 2 && word[0] != ':' && word[length - 1] != ':' &&
               address_split(word, &host, &service)) {
        options->host = host;
        options->service = service;
    }
}

/* With --stdin the names are read from there, and the only operand is the service. */
static int operands_plan(struct resolve_options *options, int argc, char **argv)
{
    if (!options->from_stdin && options->parallel)
        return usage_error("--parallel needs --stdin");
    if (!options->from_stdin && argc == 0)
        return usage_error("no NAME given (or use --stdin)");
    if (options->from_stdin && argc > 1)
        return usage_error("--stdin takes no NAME: '%s'", argv[0]);
    if (options->from_stdin && options->bytes)
        return usage_error("--stdin and --bytes exclude each other");
    if (options->dns && options->from_stdin)
        return usage_error("--dns and --stdin exclude each other");
    if (!options->parallel)
        options->parallel = PARALLEL_DEFAULT;
    int name = options->from_stdin ? 0 : 1;
    options->host = name && strcmp(argv[0], "-") != 0 ? argv[0] : NULL;
    options->service = argc > name ? argv[name] : NULL;
    if (options->host && options->api == API_GETADDRINFO && !options->bytes)
        printed_split(options, argv[0]);
    return EXIT_DONE;
}

/* Whether a host is an address, of which no name server knows more. */
static bool is_numeric(const char *host)
{
    struct address address;
    return address_parse(&address, host, 0);
}

static int resolve_plan(void *data, int argc, char **argv)
{
    struct resolve_options *options = data;
    if (operands_plan(options, argc, argv) != EXIT_DONE)
        return EXIT_USAGE;
    options->hints = (struct addrinfo){.ai_family = options->family,
        .ai_socktype = options->type,
        .ai_protocol = options->protocol,
        .ai_flags = (int)options->flags | (options->numeric ? AI_NUMERICHOST : 0)};
    const struct addrinfo *hints = &options->hints;
    bool hinted = hints->ai_family || hints->ai_socktype || hints->ai_protocol || hints->ai_flags;
    if (options->no_hints && hinted)
        return usage_error("--no-hints and a hint exclude each other");
    if (options->dns && (options->numeric || !options->host || is_numeric(options->host)))
        return usage_error("--dns needs a name");
    if (options->api == API_GETADDRINFO)
        return EXIT_DONE;
    const char *api = name_find(&api_names, options->api);
    if (hinted || options->no_hints || options->with_source || options->bytes || options->from_stdin ||
        options->dns)
        return usage_error("--api %s takes only a name, without hints or other lookup options", api);
    if (!options->host)
        return usage_error("--api %s needs a name", api);
    if (options->api == API_GETHOSTBYNAME && options->service)
        return usage_error("--api gethostbyname takes no service: '%s'", options->service);
    return EXIT_DONE;
}

static int getaddrinfo_report(struct sink *sink, const struct resolve_options *options)
{
    /* International names are written in the characters of the user's locale. */
    if (options->hints.ai_flags & (AI_IDN | AI_CANONIDN))
        setlocale(LC_CTYPE, "");
    if (options->from_stdin)
        return names_report(sink, options);
    if (options->bytes && options->host)
        conversions_report(sink, options->host);
    struct lookup lookup = {.host = options->host,
        .service = options->service,
        .hints = options->no_hints ? NULL : &options->hints};
    lookup_make(&lookup);
    lookup_call_emit(sink, &lookup);
    port_warn(sink, &lookup);
    int status =
        options->dns ? dns_report(sink, options, &lookup) : resolve_report(sink, options, &lookup, NULL);
    if (lookup.list)
        freeaddrinfo(lookup.list);
    return status;
}

static int resolve_run(void *data, struct sink *sink)
{
    const struct resolve_options *options = data;
    switch ((enum resolve_api)options->api) {
    case API_GETHOSTBYNAME: return gethostbyname_report(sink, options->host);
    case API_GETSERVBYNAME: return getservbyname_report(sink, options->host, options->service);
    case API_GETADDRINFO: break;
    }
    return getaddrinfo_report(sink, options);
}

static void resolve_complete(const void *data, int position, const struct completion *completion)
{
    const struct resolve_options *options = data;
    bool service_first = options->api == API_GETSERVBYNAME || options->from_stdin;
    if (position == 0 && !service_first)
        host_complete(completion);
    else if (position == (service_first ? 0 : 1))
        service_complete(completion);
}

static const struct permit_set resolve_permit_sets[] = {
    {report_permits, offsetof(struct resolve_options, report)},
    {.rows = NULL},
};

const struct command command_resolve = {
    .name = "resolve",
    .summary = "Look a name up and show what getaddrinfo returned.",
    .operands = "NAME|- [SERVICE] | --stdin [SERVICE]",
    .examples =
        (const char *const[]){
            "sockctl resolve --with-source example.org https",
            "sockctl resolve --stdin <names",
            NULL,
        },
    .minimum = 0,
    .maximum = 2,
    .options_size = sizeof(struct resolve_options),
    .sets = resolve_sets,
    .permits = resolve_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = resolve_plan,
    .run = resolve_run,
    .complete = resolve_complete,
};
