/* SPDX-License-Identifier: ISC */
/* The library calls for names and numbers, made and reported; see lookup.h. */
#include "call/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/portability.h"
#include "base/text.h"
#include "call/call.h"

/* A host name has at most 255 bytes (RFC 1035, 2.3.4); a service has no limit. */
#define STRING_TEXT_MAX 1100

/* A string argument as in C: quoted and escaped, or NULL. */
static const char *string_text(const char *string, char *buffer, size_t size)
{
    return string ? text_preview(buffer, size, string, strlen(string), 256) : "NULL";
}

/* errno counts beside EAI_SYSTEM, and if glibc hides exhaustion behind EAI_NONAME or EAI_SERVICE. After other
 * failures it is a leftover. */
static int errno_behind(int code, int error)
{
    if (code == EAI_SYSTEM || (code && (error == EMFILE || error == ENFILE || error == ENOMEM)))
        return error;
    return 0;
}

/* A call of the library as it is reported. */
struct library_call {
    const char *name, *args; /* args as in C */
    struct field result, error;
    int64_t elapsed;
};

static void library_emit(struct sink *sink, const struct library_call *call)
{
    emit(sink, EVENT_CALL, F_TEXT("call", call->name), F_TEXT("args", call->args), call->result,
        field_result_text(call->result), call->error, F_TIME("elapsed", call->elapsed),
        F_BOOL("library", true));
}

void lookup_make(struct lookup *lookup)
{
    lookup->list = NULL;
    int64_t began = clock_now();
    errno = 0;
    lookup->code = getaddrinfo(lookup->host, lookup->service, lookup->hints, &lookup->list);
    lookup->error = errno_behind(lookup->code, errno);
    lookup->elapsed = clock_now() - began;
}

static const char *hints_text(const struct addrinfo *hints, char *buffer, size_t size)
{
    char flags[NAME_TEXT_MAX], family[NAME_TEXT_MAX], type[NAME_TEXT_MAX], protocol[NAME_TEXT_MAX];
    if (!hints)
        return "NULL";
    snprintf(buffer, size, "{%s, %s, %s, %s}",
        name_flags_text(&names_ai, hints->ai_flags, flags, sizeof(flags)),
        name_text(&names_family, hints->ai_family, family, sizeof(family)),
        hints->ai_socktype ? name_text(&names_type, hints->ai_socktype, type, sizeof(type)) : "0",
        hints->ai_protocol ? name_text(&names_protocol, hints->ai_protocol, protocol, sizeof(protocol))
                           : "0");
    return buffer;
}

void lookup_call_emit(struct sink *sink, const struct lookup *lookup)
{
    char host[STRING_TEXT_MAX], service[STRING_TEXT_MAX], hints[4 * NAME_TEXT_MAX];
    char args[sizeof(host) + sizeof(service) + sizeof(hints)];
    if (lookup->refused || !sink_wants(sink, EVENT_CALL))
        return;
    snprintf(args, sizeof(args), "%s, %s, %s", string_text(lookup->host, host, sizeof(host)),
        string_text(lookup->service, service, sizeof(service)),
        hints_text(lookup->hints, hints, sizeof(hints)));
    library_emit(sink, &(struct library_call){.name = "getaddrinfo",
                           .args = args,
                           .result = F_INT("result", lookup->code),
                           .error = F_EAI_RESULT(lookup->code, lookup->error),
                           .elapsed = lookup->elapsed});
}

int call_getaddrinfo(struct sink *sink, const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
    struct lookup lookup = {.host = host, .service = service, .hints = hints};
    lookup_make(&lookup);
    lookup_call_emit(sink, &lookup);
    *list = lookup.list;
    errno = lookup.error;
    return lookup.code;
}

/* One getnameinfo(3): its arguments and its result. */
struct name_call {
    const struct address *address;
    const char *host, *service; /* as filled in; NULL: no buffer */
    socklen_t host_size, service_size;
    int flags, code, error;
    int64_t elapsed;
};

static void name_call_emit(struct sink *sink, const struct name_call *call)
{
    char where[ADDRESS_TEXT_MAX], host[STRING_TEXT_MAX], service[STRING_TEXT_MAX], names[NAME_TEXT_MAX];
    char args[sizeof(where) + sizeof(host) + sizeof(service) + sizeof(names)];
    if (!sink_wants(sink, EVENT_CALL))
        return;
    snprintf(args, sizeof(args), "%s, %u, %s, %u, %s, %u, %s",
        address_text(call->address, where, sizeof(where)), call->address->length,
        call->code || !call->host_size ? "..." : string_text(call->host, host, sizeof(host)), call->host_size,
        call->code || !call->service_size ? "..." : string_text(call->service, service, sizeof(service)),
        call->service_size, name_flags_text(&names_ni, call->flags, names, sizeof(names)));
    library_emit(sink, &(struct library_call){.name = "getnameinfo",
                           .args = args,
                           .result = F_INT("result", call->code),
                           .error = F_EAI_RESULT(call->code, call->error),
                           .elapsed = call->elapsed});
}

int call_getnameinfo(struct sink *sink, const struct address *address, char *host, socklen_t host_size,
    char *service, socklen_t service_size, int flags)
{
    int64_t began = clock_now();
    errno = 0;
    int code = getnameinfo(&address->sa, address->length, host, host_size, service, service_size, flags);
    const struct name_call call = {.address = address,
        .host = host,
        .service = service,
        .host_size = host_size,
        .service_size = service_size,
        .flags = flags,
        .code = code,
        .error = errno_behind(code, errno),
        .elapsed = clock_now() - began};
    name_call_emit(sink, &call);
    errno = call.error;
    return code;
}

void naming_make(struct naming *naming)
{
    int64_t began = clock_now();
    errno = 0;
    naming->code = getnameinfo(&naming->address.sa, naming->address.length, naming->host,
        sizeof(naming->host), NULL, 0, NI_NAMEREQD);
    naming->error = errno_behind(naming->code, errno);
    naming->elapsed = clock_now() - began;
}

void naming_call_emit(struct sink *sink, const struct naming *naming)
{
    const struct name_call call = {.address = &naming->address,
        .host = naming->host,
        .host_size = sizeof(naming->host),
        .flags = NI_NAMEREQD,
        .code = naming->code,
        .error = naming->error,
        .elapsed = naming->elapsed};
    name_call_emit(sink, &call);
}

/* Reports one of the old functions, whose result is a pointer. Keeps errno. */
static void pointer_emit(struct sink *sink, struct library_call call, const void *result)
{
    char pointer[24];
    int saved = errno;
    snprintf(pointer, sizeof(pointer), result ? "%p" : "NULL", result);
    call.result = F_TEXT("result", pointer);
    library_emit(sink, &call);
    errno = saved;
}

static struct field h_errno_field(const struct hostent *result)
{
    int code = result ? 0 : h_errno;
    return F_H_ERRNO(code, code == NETDB_INTERNAL ? errno : 0);
}

struct hostent *call_gethostbyname(struct sink *sink, const char *name)
{
    char args[STRING_TEXT_MAX];
    int64_t began = clock_now();
    errno = 0;
    struct hostent *host = gethostbyname(name);
    if (sink_wants(sink, EVENT_CALL))
        pointer_emit(sink,
            (struct library_call){.name = "gethostbyname",
                .args = string_text(name, args, sizeof(args)),
                .error = h_errno_field(host),
                .elapsed = clock_now() - began},
            host);
    return host;
}

struct hostent *call_gethostbyaddr(struct sink *sink, const struct address *address)
{
    char where[ADDRESS_TEXT_MAX], family[NAME_TEXT_MAX], args[sizeof(where) + sizeof(family) + 16];
    bool ipv6 = address->sa.sa_family == AF_INET6;
    const void *bytes = ipv6 ? (const void *)&address->in6.sin6_addr : &address->in.sin_addr;
    socklen_t length = ipv6 ? sizeof(address->in6.sin6_addr) : sizeof(address->in.sin_addr);
    int64_t began = clock_now();
    errno = 0;
    struct hostent *host = gethostbyaddr(bytes, length, address->sa.sa_family);
    if (sink_wants(sink, EVENT_CALL)) {
        snprintf(args, sizeof(args), "%s, %u, %s", address_host(address, where, sizeof(where)), length,
            name_text(&names_family, address->sa.sa_family, family, sizeof(family)));
        pointer_emit(sink,
            (struct library_call){.name = "gethostbyaddr",
                .args = args,
                .error = h_errno_field(host),
                .elapsed = clock_now() - began},
            host);
    }
    return host;
}

struct servent *call_getservbyname(struct sink *sink, const char *name, const char *protocol)
{
    char name_text[STRING_TEXT_MAX], protocol_text[STRING_TEXT_MAX], args[2 * STRING_TEXT_MAX];
    int64_t began = clock_now();
    errno = 0;
    struct servent *service = getservbyname(name, protocol);
    if (sink_wants(sink, EVENT_CALL)) {
        snprintf(args, sizeof(args), "%s, %s", string_text(name, name_text, sizeof(name_text)),
            string_text(protocol, protocol_text, sizeof(protocol_text)));
        pointer_emit(sink,
            (struct library_call){
                .name = "getservbyname", .args = args, .error = F_NONE, .elapsed = clock_now() - began},
            service);
    }
    return service;
}

struct servent *call_getservbyport(struct sink *sink, int port, const char *protocol)
{
    char protocol_text[STRING_TEXT_MAX], args[STRING_TEXT_MAX + 64];
    int64_t began = clock_now();
    errno = 0;
    struct servent *service = getservbyport(port, protocol);
    if (sink_wants(sink, EVENT_CALL)) {
        snprintf(args, sizeof(args), "htons(%d), %s", ntohs((uint16_t)port),
            string_text(protocol, protocol_text, sizeof(protocol_text)));
        pointer_emit(sink,
            (struct library_call){
                .name = "getservbyport", .args = args, .error = F_NONE, .elapsed = clock_now() - began},
            service);
    }
    return service;
}

int address_source(struct sink *sink, const struct address *to, struct address *from)
{
    cleanup_fd int fd = call_socket(sink, to->sa.sa_family, SOCK_DGRAM, IPPROTO_UDP);
    int result = fd < 0 ? -1 : call_connect(sink, fd, to);
    if (result == 0)
        result = call_getsockname(sink, fd, from);
    int error = errno;
    call_close(sink, &fd);
    errno = error;
    return result;
}
