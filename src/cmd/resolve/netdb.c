/* SPDX-License-Identifier: ISC */
/* The old lookup functions of <netdb.h>: every member of struct hostent and struct servent; see netdb.h. */
#include "cmd/resolve/netdb.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/portability.h"
#include "cmd/outcome.h"

/* The most addresses and aliases shown: far more than a DNS answer of 64 KiB holds. */
#define LIST_MAX 4096

/* The argument of the next call: numeric, so that it makes no query. */
#define NEXT_HOST "192.0.2.1"

static size_t list_count(char *const *list)
{
    size_t count = 0;
    while (list && list[count] && count < LIST_MAX)
        count++;
    return count;
}

/* An address of h_addr_list as text. */
static const char *entry_text(const struct hostent *host, size_t index, char *buffer, size_t size)
{
    return inet_ntop(host->h_addrtype, host->h_addr_list[index], buffer, (socklen_t)size) ? buffer : "?";
}

static void hostent_emit(struct sink *sink, const struct hostent *host, int64_t elapsed)
{
    size_t count = list_count(host->h_addr_list);
    cleanup_free char(*texts)[INET6_ADDRSTRLEN] = calloc(count + 1, sizeof(*texts));
    cleanup_free const char **addresses = calloc(count + 1, sizeof(*addresses));
    if (!texts || !addresses)
        return;
    for (size_t i = 0; i < count; i++)
        addresses[i] = entry_text(host, i, texts[i], sizeof(texts[i]));
    emit(sink, EVENT_HOST, F_FOREIGN("h_name", host->h_name),
        F_WORDS("h_aliases", host->h_aliases, list_count(host->h_aliases)),
        F_NAME("h_addrtype", names_family, host->h_addrtype), F_INT("h_length", host->h_length),
        F_WORDS("h_addr_list", addresses, count), F_TIME("elapsed", elapsed));
}

static void servent_emit(struct sink *sink, const struct servent *service, int64_t elapsed)
{
    uint16_t port = (uint16_t)service->s_port;
    emit(sink, EVENT_SERVICE, F_FOREIGN("s_name", service->s_name),
        F_WORDS("s_aliases", service->s_aliases, list_count(service->s_aliases)),
        F_INT("s_port", service->s_port), F_HEX("s_port_bytes", &port, sizeof(port)),
        F_INT("port", ntohs(port)), F_FOREIGN("s_proto", service->s_proto), F_TIME("elapsed", elapsed));
}

/* first and next are the results of two calls; now, if not NULL, is what the name of the first has become. */
static void storage_emit(
    struct sink *sink, const char *function, const void *first, const void *next, const char *now)
{
    emit(sink, EVENT_STORAGE, F_TEXT("function", function), F_BOOL("static", first == next),
        F_FOREIGN("first_now", now));
}

/* The code of getaddrinfo() that means the same as h_errno. */
static int eai_of(int h_error)
{
    switch (h_error) {
    case HOST_NOT_FOUND: return EAI_NONAME;
    case TRY_AGAIN: return EAI_AGAIN;
    case NO_DATA: return EAI_NODATA;
    case NETDB_INTERNAL: return EAI_SYSTEM;
    default: return EAI_FAIL;
    }
}

static int host_failed(
    struct sink *sink, const char *function, const char *name, const struct address *address, int64_t began)
{
    int h_error = h_errno, error = h_error == NETDB_INTERNAL ? errno : 0;
    emit(sink, EVENT_FAILED, F_TEXT("call", function), F_FOREIGN("name", name), F_ADDRESS("address", address),
        F_H_ERRNO(h_error, error), F_TIME("elapsed", clock_now() - began));
    struct failure failure = failure_of(PHASE_RESOLVE, function, address, 0);
    failure_lookup(&failure, name, eai_of(h_error), error);
    failure.evidence.family = name ? AF_INET : AF_UNSPEC; /* gethostbyname() is for IPv4 */
    failure_explain(sink, &failure);
    return EXIT_RESOLVE;
}

static int protocol_number(const char *name)
{
    if (!name)
        return 0;
    return strcmp(name, "tcp") == 0 ? IPPROTO_TCP : strcmp(name, "udp") == 0 ? IPPROTO_UDP : 0;
}

/* getservbyname and getservbyport return NULL without a reason. */
static int service_failed(
    struct sink *sink, const char *function, const char *service, const char *protocol, int64_t began)
{
    bool counts = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO || errno == EACCES;
    int error = counts ? errno : 0;
    emit(sink, EVENT_FAILED, F_TEXT("call", function), F_FOREIGN("name", service),
        F_FOREIGN("protocol", protocol), error ? F_ERRNO(error) : F_TEXT("outcome", "no such service"),
        F_TIME("elapsed", clock_now() - began));
    struct failure failure = failure_of(PHASE_RESOLVE, function, NULL, 0);
    failure_lookup(&failure, service, EAI_SERVICE, error);
    failure.evidence.is_service = true;
    failure.evidence.protocol = protocol_number(protocol);
    failure_explain(sink, &failure);
    return EXIT_RESOLVE;
}

int gethostbyname_report(struct sink *sink, const char *name)
{
    int64_t began = clock_now();
    const struct hostent *host = call_gethostbyname(sink, name);
    if (!host)
        return host_failed(sink, "gethostbyname", name, NULL, began);
    hostent_emit(sink, host, clock_now() - began);
    if (!HOSTENT_STAYS)
        return EXIT_DONE;
    const struct hostent *next = call_gethostbyname(sink, NEXT_HOST);
    storage_emit(sink, "gethostbyname(\"" NEXT_HOST "\")", host, next, host->h_name);
    return EXIT_DONE;
}

int gethostbyaddr_report(struct sink *sink, const struct address *address)
{
    int64_t began = clock_now();
    const struct hostent *host = call_gethostbyaddr(sink, address);
    if (!host)
        return host_failed(sink, "gethostbyaddr", NULL, address, began);
    hostent_emit(sink, host, clock_now() - began);
    if (!HOSTENT_STAYS)
        return EXIT_DONE;
    const struct hostent *next = call_gethostbyaddr(sink, address);
    storage_emit(sink, "gethostbyaddr", host, next, NULL);
    return EXIT_DONE;
}

int getservbyname_report(struct sink *sink, const char *name, const char *protocol)
{
    int64_t began = clock_now();
    const struct servent *service = call_getservbyname(sink, name, protocol);
    if (!service)
        return service_failed(sink, "getservbyname", name, protocol, began);
    servent_emit(sink, service, clock_now() - began);
    const struct servent *next = call_getservbyname(sink, name, protocol);
    storage_emit(sink, "getservbyname", service, next, NULL);
    return EXIT_DONE;
}

int getservbyport_report(struct sink *sink, int port, const char *protocol)
{
    int64_t began = clock_now();
    const struct servent *service = call_getservbyport(sink, htons((uint16_t)port), protocol);
    if (!service) {
        char text[16];
        snprintf(text, sizeof(text), "%d", port);
        return service_failed(sink, "getservbyport", text, protocol, began);
    }
    servent_emit(sink, service, clock_now() - began);
    const struct servent *next = call_getservbyport(sink, htons((uint16_t)port), protocol);
    storage_emit(sink, "getservbyport", service, next, NULL);
    return EXIT_DONE;
}
