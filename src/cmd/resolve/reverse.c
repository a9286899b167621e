/* SPDX-License-Identifier: ISC */
/* reverse: from an address to its name; --verify checks whether the name leads back. */
#include <arpa/inet.h>
#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/portability.h"
#include "cmd/command.h"
#include "cmd/options/operands.h"
#include "cmd/options/nc-letters.h"
#include "cmd/outcome.h"
#include "cmd/resolve/netdb.h"
#include "call/call.h"

enum reverse_api { API_GETNAMEINFO, API_GETHOSTBYADDR, API_GETSERVBYPORT };

/* The most names listed by a text of --verify. */
#define VERIFY_MAX 64

struct reverse_options {
    struct report_options report;
    int api;
    long flags;
    bool numeric, datagram, verify, unix_path;
    int family;                  /* for the sockaddr given to getnameinfo; -1: the address's own */
    int host_size, service_size; /* -1: large enough, and no service buffer unless a service is requested */
    /* The plan. */
    struct address address;
    int port;             /* -1: none */
    const char *protocol; /* for getservbyport; NULL: any */
};

static const struct reverse_options reverse_defaults = {
    .family = -1, .host_size = -1, .service_size = -1, .port = -1};

static const struct name_table api_names = {
    "", (const struct name[]){{API_GETNAMEINFO, "getnameinfo"}, {API_GETHOSTBYADDR, "gethostbyaddr"},
            {API_GETSERVBYPORT, "getservbyport"}, {0, NULL}}};

#define FIELD(member) .offset = offsetof(struct reverse_options, member)
static const struct option_row reverse_rows[] = {
    {0, "api", "FUNCTION",
        "what to call: getnameinfo (the default), gethostbyaddr, or getservbyport (operands: PORT "
        "[PROTOCOL])",
        .type = OPTION_CHOICE, FIELD(api), .names = &api_names},
    {0, "verify", NULL, "look up the name too: exit 1 unless it leads back to the address",
        .type = OPTION_TRUE, FIELD(verify)},
    {'U', "unix", NULL, "the address is a path; @name is abstract", .type = OPTION_TRUE, FIELD(unix_path)},
    {.type = OPTION_END},
};

static const struct option_row nameinfo_rows[] = {
    {0, "flags", "NI,...", "flags: names or numbers, joined by commas", .type = OPTION_FLAGS, FIELD(flags),
        .names = &names_ni},
    {'n', "numeric", NULL, "look up no names (NI_NUMERICHOST, NI_NUMERICSERV)", .type = OPTION_TRUE,
        FIELD(numeric)},
    {'u', "udp", NULL, "the service uses datagrams (NI_DGRAM)", .type = OPTION_TRUE, FIELD(datagram)},
    {0, "family", "AF", "pass this address family, by name or number", .type = OPTION_NAME, FIELD(family),
        .names = &names_family},
    {0, "hostlen", "N", "size of the buffer for the host; 0: none", .type = OPTION_INT, FIELD(host_size),
        .minimum = 0, .maximum = 65536},
    {0, "servlen", "N", "size of the buffer for the service; 0: none", .type = OPTION_INT,
        FIELD(service_size), .minimum = 0, .maximum = 65536},
    {.type = OPTION_END},
};

static const struct option_set reverse_sets[] = {
    {"Reverse lookup", reverse_rows, 0},
    {"Arguments of getnameinfo", nameinfo_rows, 0},
    {"Report", report_rows, 0},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

static int port_plan(struct reverse_options *options, const char *text)
{
    long long port;
    const char *why;
    if (!number_parse(text, 0, UINT16_MAX, &port, &why))
        return usage_error("port '%s' is %s (0 to 65535)", text, why);
    options->port = (int)port;
    return EXIT_DONE;
}

/* Strips the brackets of an IPv6 address before a port. */
static char *bare_host(char *word)
{
    size_t length = strlen(word);
    if (length < 2 || word[0] != '[' || word[length - 1] != ']')
        return word;
    word[length - 1] = '\0';
    return word + 1;
}

/* ADDR [PORT], or both in one word as printed: 127.0.0.1:80, [::1]:80. */
static int address_plan(struct reverse_options *options, int argc, char **argv)
{
    char *host, *service;
    int status = operands_check(argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (argc > 1 && port_plan(options, argv[1]) != EXIT_DONE)
        return EXIT_USAGE;
    if (options->unix_path)
        return argc > 1 ? usage_error("a unix address has no port: '%s'", argv[1])
               : address_unix(&options->address, argv[0])
                   ? EXIT_DONE
                   : usage_error("'%s' is not the path of a unix address", argv[0]);
    int port = options->port < 0 ? 0 : options->port;
    if (address_parse(&options->address, bare_host(strdupa(argv[0])), port))
        return EXIT_DONE;
    char *word = strdupa(argv[0]);
    if (argc == 1 && address_split(word, &host, &service) && address_parse(&options->address, host, 0)) {
        if (port_plan(options, service) != EXIT_DONE)
            return EXIT_USAGE;
        address_set_port(&options->address, options->port);
        return EXIT_DONE;
    }
    return usage_error("'%s' is not a numeric address; for names use 'sockctl resolve'", argv[0]);
}

static int reverse_plan(void *data, int argc, char **argv)
{
    struct reverse_options *options = data;
    if (options->numeric)
        options->flags |= NI_NUMERICHOST | NI_NUMERICSERV;
    if (options->datagram)
        options->flags |= NI_DGRAM;
    bool arguments =
        options->flags || options->family >= 0 || options->host_size >= 0 || options->service_size >= 0;
    const char *api = name_find(&api_names, options->api);
    if (options->api != API_GETNAMEINFO && (arguments || options->verify || options->unix_path))
        return usage_error("--api %s takes only an address or a port", api);
    if (options->verify && (options->flags & NI_NUMERICHOST))
        return usage_error("--verify needs a name, but NI_NUMERICHOST looks up none");
    if (options->verify && (options->unix_path || options->host_size == 0))
        return usage_error("--verify needs an IP address and room for its name");
    if (options->api == API_GETSERVBYPORT) {
        options->protocol = argc > 1 ? argv[1] : NULL;
        return port_plan(options, argv[0]);
    }
    if (options->api == API_GETHOSTBYADDR && argc > 1)
        return usage_error("--api gethostbyaddr takes no port: '%s'", argv[1]);
    return address_plan(options, argc, argv);
}

/* The addresses of a name, and whether one of them is the address it came from. */
struct verdict {
    bool verified;
    int code, error; /* from the lookup */
    const char *note;
    char texts[VERIFY_MAX][ADDRESS_TEXT_MAX];
    const char *addresses[VERIFY_MAX];
    size_t count;
};

/* The address without the parts that a name does not have: port, scope, and IPv4 mapped into IPv6. */
static struct address address_bare(struct address address)
{
    address_unmap(&address);
    address_set_port(&address, 0);
    if (address.sa.sa_family == AF_INET6) {
        address.in6.sin6_scope_id = 0;
        address.in6.sin6_flowinfo = 0;
    }
    return address;
}

/* Whether getaddrinfo reads a name as an address, in any form: the owner of 192.0.2.11 can give it the name
 * "3221225995", which leads back to it without any lookup. */
static bool name_is_numeric(const char *name)
{
    struct address address;
    struct in_addr ipv4;
    return address_parse(&address, name, 0) || inet_aton(name, &ipv4);
}

static void name_verify(
    struct sink *sink, const struct address *address, const char *name, struct verdict *verdict)
{
    struct address bare = address_bare(*address), found;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    if (name_is_numeric(name)) {
        verdict->note = "not verified: it has no name but a number";
        return;
    }
    verdict->code = call_getaddrinfo(sink, name, NULL, &hints, &list);
    verdict->error = errno;
    for (const struct addrinfo *node = list; node; node = node->ai_next) {
        found = address_bare(address_from(node->ai_addr, node->ai_addrlen));
        verdict->verified = verdict->verified || address_equal(&found, &bare);
        if (verdict->count < VERIFY_MAX) {
            size_t at = verdict->count++;
            verdict->addresses[at] = address_host(&found, verdict->texts[at], sizeof(verdict->texts[at]));
        }
    }
    if (list)
        freeaddrinfo(list);
    verdict->note = verdict->verified ? "verified"
                    : verdict->code   ? "not verified: the name cannot be looked up:"
                                      : "not verified: the name leads to";
}

static int getnameinfo_report(struct sink *sink, const struct reverse_options *options)
{
    struct address address = options->address;
    socklen_t host_size = options->host_size < 0 ? NI_MAXHOST : (socklen_t)options->host_size;
    socklen_t service_size = options->service_size >= 0 ? (socklen_t)options->service_size
                             : options->port >= 0       ? NI_MAXSERV
                                                        : 0;
    cleanup_free char *host = calloc(1, host_size + 1);
    cleanup_free char *service = calloc(1, service_size + 1);
    cleanup_free struct verdict *verdict = calloc(1, sizeof(*verdict));
    if (!host || !service || !verdict)
        return call_finish(sink, "calloc");
    if (options->family >= 0)
        address.sa.sa_family = (sa_family_t)options->family;
    int64_t began = clock_now();
    int code = call_getnameinfo(sink, &address, host_size ? host : NULL, host_size,
        service_size ? service : NULL, service_size, (int)options->flags);
    int error = errno;
    int64_t elapsed = clock_now() - began;
    if (code) {
        emit(sink, EVENT_FAILED, F_TEXT("call", "getnameinfo"), F_ADDRESS("address", &address),
            F_EAI(code, error), F_TIME("elapsed", elapsed));
        struct failure failure = failure_of(PHASE_RESOLVE, "getnameinfo", &address, 0);
        failure_lookup(&failure, NULL, code, error);
        failure_explain(sink, &failure);
        return EXIT_RESOLVE;
    }
    if (options->verify)
        name_verify(sink, &options->address, host, verdict);
    emit(sink, EVENT_NAME, host_size ? F_FOREIGN("host", host) : F_NULL("host"),
        service_size ? F_FOREIGN("service", service) : F_NONE, F_ADDRESS("address", &address),
        F_FLAGS("flags", names_ni, options->flags), F_TIME("elapsed", elapsed),
        options->verify ? F_BOOL("verified", verdict->verified) : F_NONE, F_TEXT("note", verdict->note),
        verdict->count ? F_WORDS("addresses", verdict->addresses, verdict->count) : F_NONE,
        F_EAI(verdict->code, verdict->error));
    return options->verify && !verdict->verified ? EXIT_OTHER : EXIT_DONE;
}

static int reverse_run(void *data, struct sink *sink)
{
    const struct reverse_options *options = data;
    /* International names are written in the characters of the user's locale. */
    if (options->flags & NI_IDN)
        setlocale(LC_CTYPE, "");
    switch ((enum reverse_api)options->api) {
    case API_GETHOSTBYADDR: return gethostbyaddr_report(sink, &options->address);
    case API_GETSERVBYPORT: return getservbyport_report(sink, options->port, options->protocol);
    case API_GETNAMEINFO: break;
    }
    return getnameinfo_report(sink, options);
}

static const struct permit_set reverse_permit_sets[] = {
    {report_permits, offsetof(struct reverse_options, report)},
    {.rows = NULL},
};

const struct command command_reverse = {
    .name = "reverse",
    .summary = "The reverse lookup: find the name of an address.",
    .operands = "ADDR [PORT]",
    .examples =
        (const char *const[]){
            "sockctl reverse 127.0.0.1 80",
            "sockctl reverse --verify 192.0.2.1",
            NULL,
        },
    .minimum = 1,
    .maximum = 2,
    .options_size = sizeof(struct reverse_options),
    .defaults = &reverse_defaults,
    .sets = reverse_sets,
    .permits = reverse_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = reverse_plan,
    .run = reverse_run,
};
