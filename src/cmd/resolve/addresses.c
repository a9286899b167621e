/* SPDX-License-Identifier: ISC */
/* resolve: reports one getaddrinfo call: the request, and each node of the list or, shorter, each address. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/number.h"
#include "cmd/outcome.h"
#include "cmd/resolve/resolve.h"
#include "net/socket/target.h"

/* The most types in one line: getaddrinfo has three; duplicates among IPv4-mapped addresses start a new
 * line. */
#define TYPES_MAX 16

/* The local address that the kernel would use towards a node's address. */
struct source {
    struct address address; /* length 0: not requested, or no route */
    int error;
};

static struct source source_find(
    struct sink *sink, const struct resolve_options *options, const struct address *to)
{
    struct source source = {.error = 0};
    if (options->with_source && address_source(sink, to, &source.address) < 0)
        source.error = errno;
    return source;
}

static struct address node_address(const struct addrinfo *node)
{
    return address_from(node->ai_addr, node->ai_addrlen);
}

/* A hint of 0 means "any"; print it as 0. */
static struct field wish_field(const char *key, const struct name_table *names, int value)
{
    return value ? F_NAME(key, *names, value) : F_INT(key, 0);
}

static void lookup_emit(struct sink *sink, const struct lookup *lookup)
{
    int64_t count = 0;
    const struct addrinfo *hints = lookup->hints;
    struct field fields[5] = {F_NONE};
    for (const struct addrinfo *node = lookup->list; node; node = node->ai_next)
        count++;
    if (hints) {
        fields[0] = F_FLAGS("flags", names_ai, hints->ai_flags);
        fields[1] = F_NAME("family", names_family, hints->ai_family);
        fields[2] = wish_field("type", &names_type, hints->ai_socktype);
        fields[3] = wish_field("protocol", &names_protocol, hints->ai_protocol);
        fields[4] = F_END;
    }
    emit(sink, EVENT_LOOKUP, lookup->host ? F_FOREIGN("name", lookup->host) : F_NULL("name"),
        lookup->service ? F_FOREIGN("service", lookup->service) : F_NULL("service"),
        hints ? F_OBJECT("hints", fields) : F_NULL("hints"), F_INT("count", count),
        F_TIME("elapsed", lookup->elapsed));
}

/* The whole struct addrinfo. */
static void node_emit(struct sink *sink, const struct lookup *lookup, const struct addrinfo *node,
    const struct address *address, const struct source *source)
{
    char host[ADDRESS_TEXT_MAX], scope[IF_NAMESIZE * 4], from[ADDRESS_TEXT_MAX];
    emit(sink, EVENT_ADDRINFO, lookup->host ? F_FOREIGN("name", lookup->host) : F_NULL("name"),
        F_FLAGS("flags", names_ai, node->ai_flags), F_NAME("family", names_family, node->ai_family),
        F_NAME("type", names_type, node->ai_socktype), F_NAME("protocol", names_protocol, node->ai_protocol),
        F_INT("addrlen", node->ai_addrlen), F_ADDRESS("address", address),
        F_TEXT("host", address_host(address, host, sizeof(host))),
        F_TEXT("scope", address_scope(address, scope, sizeof(scope))), F_INT("port", address_port(address)),
        node->ai_canonname ? F_FOREIGN("canonname", node->ai_canonname) : F_NULL("canonname"),
        F_TEXT("source", source->address.length ? address_host(&source->address, from, sizeof(from)) : NULL),
        F_ERRNO(source->error));
}

static void nodes_emit(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup)
{
    struct address before = {.length = 0};
    struct source source = {.error = 0};
    for (const struct addrinfo *node = lookup->list; node; node = node->ai_next) {
        struct address address = node_address(node);
        if (!address_equal(&address, &before))
            source = source_find(sink, options, &address);
        node_emit(sink, lookup, node, &address, &source);
        if (options->bytes && !address_equal(&address, &before))
            sockaddr_report(sink, &address);
        before = address;
    }
}

static bool type_is_among(const char *type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

/* Emits one line for the nodes that differ only in the type; returns the first node that differs
 * otherwise. */
static const struct addrinfo *address_emit(struct sink *sink, const struct resolve_options *options,
    const struct lookup *lookup, const struct addrinfo *node)
{
    char host[ADDRESS_TEXT_MAX], scope[IF_NAMESIZE * 4], from[ADDRESS_TEXT_MAX];
    char numbers[TYPES_MAX][NAME_TEXT_MAX];
    const char *types[TYPES_MAX];
    const char *canonname = node->ai_canonname;
    size_t count = 0;
    struct address address = node_address(node);
    for (; node && count < TYPES_MAX; node = node->ai_next) {
        struct address next = node_address(node);
        const char *type = name_text(&names_type, node->ai_socktype, numbers[count], sizeof(numbers[count]));
        if (!address_equal(&next, &address) || type_is_among(type, types, count))
            break;
        types[count++] = type;
    }
    struct source source = source_find(sink, options, &address);
    bool with_port = lookup->service != NULL;
    emit(sink, EVENT_ADDRESS, options->from_stdin ? F_FOREIGN("name", lookup->host) : F_NONE,
        with_port ? F_ADDRESS("address", &address) : F_NONE,
        with_port ? F_NONE : F_TEXT("host", address_host(&address, host, sizeof(host))),
        with_port ? F_NONE : F_TEXT("scope", address_scope(&address, scope, sizeof(scope))),
        F_WORDS("types", types, count), F_FOREIGN("canonname", canonname),
        F_TEXT("source", source.address.length ? address_host(&source.address, from, sizeof(from)) : NULL),
        F_ERRNO(source.error));
    if (options->bytes)
        sockaddr_report(sink, &address);
    return node;
}

void port_warn(struct sink *sink, const struct lookup *lookup)
{
    char text[160];
    long long number;
    const char *why;
    if (!lookup->list || !lookup->service ||
        !number_parse(lookup->service, INT64_MIN, INT64_MAX, &number, &why) ||
        (number >= 0 && number <= UINT16_MAX))
        return;
    struct address address = node_address(lookup->list);
    snprintf(text, sizeof(text), "port %lld became %d: getaddrinfo does not check that it is at most 65535",
        number, address_port(&address));
    emit(sink, EVENT_WARNING, F_WARNING(PORT_RANGE), F_TEXT("text", text));
}

static void lookup_explain(struct sink *sink, const struct lookup *lookup, const struct asked *asked)
{
    /* Without hints glibc has these; see getaddrinfo(3). */
    static const struct addrinfo none = {.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG};
    const struct addrinfo *hints = lookup->hints ? lookup->hints : &none;
    struct failure failure = failure_of(PHASE_RESOLVE, "getaddrinfo", NULL, 0);
    failure.evidence.is_service =
        service_is_wrong(lookup->hints, lookup->code, lookup->host, lookup->service);
    failure_lookup(
        &failure, failure.evidence.is_service ? lookup->service : lookup->host, lookup->code, lookup->error);
    failure.evidence.flags = hints->ai_flags;
    failure.evidence.type = hints->ai_socktype;
    failure.evidence.family = hints->ai_family;
    failure.evidence.protocol = hints->ai_protocol;
    failure.evidence.asked = asked;
    failure_explain(sink, &failure);
}

int resolve_report(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup,
    const struct asked *asked)
{
    bool whole = options->report.json || options->report.verbose;
    if (whole)
        lookup_emit(sink, lookup);
    if (lookup->code) {
        emit(sink, EVENT_FAILED, F_TEXT("call", "getaddrinfo"), F_FOREIGN("name", lookup->host),
            F_FOREIGN("service", lookup->service), F_EAI(lookup->code, lookup->error),
            F_TIME("elapsed", lookup->refused ? -1 : lookup->elapsed), F_TEXT("text", lookup->refused));
        /* With many names, each would repeat it. */
        if (!options->from_stdin)
            lookup_explain(sink, lookup, asked);
        return EXIT_RESOLVE;
    }
    if (whole)
        nodes_emit(sink, options, lookup);
    else
        for (const struct addrinfo *node = lookup->list; node;)
            node = address_emit(sink, options, lookup, node);
    return EXIT_DONE;
}
