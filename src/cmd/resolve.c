/* resolve: from a name to addresses, member by member as the resolver said it. */
#include "cmd/resolve.h"

#include <locale.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cmd/netdb.h"
#include "cmd/operands.h"

/* clang-format off */
static const struct name_table api_names = {"", (const struct name[]){
    {API_GETADDRINFO, "getaddrinfo"}, {API_GETHOSTBYNAME, "gethostbyname"}, {API_GETSERVBYNAME, "getservbyname"},
    {0, NULL}}};

#define FIELD(member) .offset = offsetof(struct resolve_options, member)
static const struct option_row hint_rows[] = {
    {'4', "ipv4", NULL, "IPv4 addresses only (AF_INET)", .type = OPTION_SET, FIELD(family), .minimum = AF_INET},
    {'6', "ipv6", NULL, "IPv6 addresses only (AF_INET6)", .type = OPTION_SET, FIELD(family), .minimum = AF_INET6},
    {0, "family", "AF", "ai_family: any, by name or number", .type = OPTION_NAME, FIELD(family), .names = &names_family},
    {'u', "udp", NULL, "datagram sockets only (SOCK_DGRAM)", .type = OPTION_SET, FIELD(type), .minimum = SOCK_DGRAM},
    {0, "type", "SOCK", "ai_socktype: any, by name or number", .type = OPTION_NAME, FIELD(type), .names = &names_type},
    {0, "protocol", "IPPROTO", "ai_protocol: any, by name or number", .type = OPTION_NAME, FIELD(protocol), .names = &names_protocol},
    {0, "flags", "AI,...", "ai_flags: names or numbers, joined by commas", .type = OPTION_FLAGS, FIELD(flags), .names = &names_ai},
    {'n', "numeric", NULL, "no name is looked up (AI_NUMERICHOST)", .type = OPTION_TRUE, FIELD(numeric)},
    {0, "no-hints", NULL, "hints are a null pointer, which glibc takes for AI_V4MAPPED and AI_ADDRCONFIG", .type = OPTION_TRUE, FIELD(no_hints)},
    {.type = OPTION_END},
};

static const struct option_row resolve_rows[] = {
    {0, "api", "FUNCTION", "what to call: getaddrinfo (the default), gethostbyname, or getservbyname (NAME is a service, SERVICE a protocol)", .type = OPTION_CHOICE, FIELD(api), .names = &api_names},
    {0, "with-source", NULL, "show the local address the kernel would use towards each (nothing is sent)", .type = OPTION_TRUE, FIELD(with_source)},
    {.type = OPTION_END},
};
/* clang-format on */

static const struct option_set resolve_sets[] = {
    {"Lookup", resolve_rows, 0},
    {"Hints of getaddrinfo", hint_rows, 0},
    {"Report", report_rows, 0},
    {.title = NULL},
};

static int resolve_plan(void *data, int argc, char **argv)
{
    struct resolve_options *options = data;
    options->host = strcmp(argv[0], "-") == 0 ? NULL : argv[0];
    options->service = argc > 1 ? argv[1] : NULL;
    options->hints = (struct addrinfo){.ai_family = options->family,
        .ai_socktype = options->type,
        .ai_protocol = options->protocol,
        .ai_flags = (int)options->flags | (options->numeric ? AI_NUMERICHOST : 0)};
    const struct addrinfo *hints = &options->hints;
    bool hinted = hints->ai_family || hints->ai_socktype || hints->ai_protocol || hints->ai_flags;
    if (options->no_hints && hinted)
        return usage_error("--no-hints and a hint exclude each other");
    if (options->api == API_GETADDRINFO)
        return EXIT_DONE;
    const char *api = name_find(&api_names, options->api);
    if (hinted || options->no_hints || options->with_source)
        return usage_error("--api %s takes no hints and no --with-source", api);
    if (!options->host)
        return usage_error("--api %s needs a name", api);
    if (options->api == API_GETHOSTBYNAME && options->service)
        return usage_error("--api gethostbyname takes no service: '%s'", options->service);
    return EXIT_DONE;
}

static int getaddrinfo_report(struct sink *sink, const struct resolve_options *options)
{
    /* The characters of an international name are those of the user's locale. */
    if (options->hints.ai_flags & (AI_IDN | AI_CANONIDN))
        setlocale(LC_CTYPE, "");
    struct lookup lookup = {.host = options->host,
        .service = options->service,
        .hints = options->no_hints ? NULL : &options->hints};
    lookup_make(&lookup);
    lookup_report(sink, &lookup);
    int status = resolve_report(sink, options, &lookup);
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

static void resolve_complete(const void *options, int position, const struct completion *completion)
{
    (void)options;
    if (position == 0)
        host_complete(completion);
    else
        service_complete(completion);
}

const struct command command_resolve = {
    .name = "resolve",
    .summary = "look a name up: its addresses, as getaddrinfo gives them",
    .operands = "NAME|- [SERVICE]",
    .minimum = 1,
    .maximum = 2,
    .options_size = sizeof(struct resolve_options),
    .sets = resolve_sets,
    .report_fd = STDOUT_FILENO,
    .plan = resolve_plan,
    .run = resolve_run,
    .complete = resolve_complete,
};
