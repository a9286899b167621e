/* SPDX-License-Identifier: ISC */
/* Socket addresses and their text, in both directions. */
#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

const char *address_host(const struct address *address, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (address->length == 0)
        return buffer;
    if (address->sa.sa_family == AF_INET)
        inet_ntop(AF_INET, &address->in.sin_addr, buffer, (socklen_t)size);
    else if (address->sa.sa_family == AF_INET6)
        inet_ntop(AF_INET6, &address->in6.sin6_addr, buffer, (socklen_t)size);
    return buffer;
}

const char *address_scope(const struct address *address, char *buffer, size_t size)
{
    char name[IF_NAMESIZE];
    if (address->length == 0 || address->sa.sa_family != AF_INET6 || address->in6.sin6_scope_id == 0)
        return NULL;
    /* An administrator chose the name, but its bytes are still foreign. */
    if (if_indextoname(address->in6.sin6_scope_id, name))
        return text_escape(buffer, size, name, strlen(name));
    snprintf(buffer, size, "%u", address->in6.sin6_scope_id);
    return buffer;
}

const char *address_path(const struct address *address, char *buffer, size_t size)
{
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    buffer[0] = '\0';
    if (address->length <= offset || address->sa.sa_family != AF_UNIX)
        return buffer;
    size_t length = address->length - offset;
    if (length > sizeof(address->un.sun_path))
        length = sizeof(address->un.sun_path);
    const char *path = address->un.sun_path;
    if (*path)
        return text_escape(buffer, size, path, strnlen(path, length));
    buffer[0] = '@';
    text_escape(buffer + 1, size - 1, path + 1, length - 1);
    return buffer;
}

int address_port(const struct address *address)
{
    if (address->length == 0)
        return -1;
    if (address->sa.sa_family == AF_INET)
        return ntohs(address->in.sin_port);
    if (address->sa.sa_family == AF_INET6)
        return ntohs(address->in6.sin6_port);
    return -1;
}

void address_set_port(struct address *address, int port)
{
    if (address->sa.sa_family == AF_INET)
        address->in.sin_port = htons((in_port_t)port);
    else if (address->sa.sa_family == AF_INET6)
        address->in6.sin6_port = htons((in_port_t)port);
}

const char *address_text(const struct address *address, char *buffer, size_t size)
{
    char host[ADDRESS_TEXT_MAX], scope[IF_NAMESIZE * 4];
    if (address->length < sizeof(sa_family_t)) {
        snprintf(buffer, size, "(none)");
        return buffer;
    }
    switch (address->sa.sa_family) {
    case AF_INET:
        snprintf(buffer, size, "%s:%d", address_host(address, host, sizeof(host)), address_port(address));
        break;
    case AF_INET6: {
        const char *zone = address_scope(address, scope, sizeof(scope));
        snprintf(buffer, size, "[%s%s%s]:%d", address_host(address, host, sizeof(host)), zone ? "%" : "",
            zone ? zone : "", address_port(address));
        break;
    }
    case AF_UNIX:
        address_path(address, buffer, size);
        if (!*buffer)
            snprintf(buffer, size, "(unnamed)");
        break;
    case AF_UNSPEC: snprintf(buffer, size, "AF_UNSPEC"); break;
    case AF_NETLINK: snprintf(buffer, size, "nl_pid %u", address->netlink.nl_pid); break;
    default: snprintf(buffer, size, "(family %d)", address->sa.sa_family);
    }
    return buffer;
}

struct address address_from(const void *sockaddr, socklen_t length)
{
    struct address address = {.length = length};
    if (address.length > sizeof(address.storage))
        address.length = sizeof(address.storage);
    memcpy(&address.storage, sockaddr, address.length);
    return address;
}

bool address_unix(struct address *address, const char *path)
{
    char name[ADDRESS_TEXT_MAX];
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    bool abstract = *path == '@';
    int length = abstract ? text_unescape(name, sizeof(name), path + 1) : (int)strnlen(path, sizeof(name));
    memset(address, 0, sizeof(*address));
    address->un.sun_family = AF_UNIX;
    if (length <= 0 || (size_t)length > sizeof(address->un.sun_path) - 1)
        return false;
    memcpy(address->un.sun_path + abstract, abstract ? name : path, (size_t)length);
    /* An abstract name begins with a NUL and has no other one behind it; a path ends with one. unix(7). */
    address->length = (socklen_t)(offset + (size_t)length + 1);
    return true;
}

/* The index of an interface, given by name or number; 0 if there is none. */
static unsigned scope_parse(const char *text)
{
    long long number;
    const char *why;
    unsigned index = if_nametoindex(text);
    if (index == 0 && number_parse(text, 1, UINT32_MAX, &number, &why))
        index = (unsigned)number;
    return index;
}

bool address_parse(struct address *address, const char *host, int port)
{
    char plain[INET6_ADDRSTRLEN];
    const char *percent = strchr(host, '%');
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, host, &address->in.sin_addr) == 1) {
        address->in.sin_family = AF_INET;
        address->length = sizeof(address->in);
    } else {
        size_t length = percent ? (size_t)(percent - host) : strlen(host);
        if (length >= sizeof(plain))
            return false;
        memcpy(plain, host, length);
        plain[length] = '\0';
        if (inet_pton(AF_INET6, plain, &address->in6.sin6_addr) != 1)
            return false;
        address->in6.sin6_family = AF_INET6;
        address->length = sizeof(address->in6);
        if (percent && (address->in6.sin6_scope_id = scope_parse(percent + 1)) == 0)
            return false;
    }
    address_set_port(address, port);
    return true;
}

bool address_unmap(struct address *address)
{
    if (address->length == 0 || address->sa.sa_family != AF_INET6 ||
        !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
        return false;
    struct sockaddr_in plain = {.sin_family = AF_INET, .sin_port = address->in6.sin6_port};
    memcpy(&plain.sin_addr, &address->in6.sin6_addr.s6_addr[12], 4);
    *address = address_from(&plain, sizeof(plain));
    return true;
}

bool address_equal(const struct address *a, const struct address *b)
{
    if (a->length == 0 || b->length == 0 || a->sa.sa_family != b->sa.sa_family)
        return a->length == 0 && b->length == 0;
    switch (a->sa.sa_family) {
    case AF_INET: return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    case AF_INET6:
        return a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
               memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
    default: return a->length == b->length && memcmp(&a->storage, &b->storage, a->length) == 0;
    }
}

void address_resolve_wildcard(struct address *address)
{
    if (!address_is_wildcard(address))
        return;
    if (address->sa.sa_family == AF_INET6)
        address->in6.sin6_addr = in6addr_loopback;
    else
        address->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

bool address_is_loopback(const struct address *address)
{
    struct address plain = *address;
    address_unmap(&plain);
    if (plain.length && plain.sa.sa_family == AF_INET)
        return (ntohl(plain.in.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    return plain.length && plain.sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&plain.in6.sin6_addr);
}

bool address_is_wildcard(const struct address *address)
{
    struct address plain = *address;
    address_unmap(&plain);
    if (plain.length && plain.sa.sa_family == AF_INET)
        return plain.in.sin_addr.s_addr == htonl(INADDR_ANY);
    return plain.length && plain.sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&plain.in6.sin6_addr);
}

bool address_is_multicast(const struct address *address)
{
    struct address plain = *address;
    address_unmap(&plain);
    if (plain.length && plain.sa.sa_family == AF_INET)
        return IN_MULTICAST(ntohl(plain.in.sin_addr.s_addr));
    return plain.length && plain.sa.sa_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&plain.in6.sin6_addr);
}

bool address_is_broadcast(const struct address *address)
{
    struct address plain = *address;
    address_unmap(&plain);
    return plain.length && plain.sa.sa_family == AF_INET &&
           plain.in.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

bool address_needs_scope(const struct address *address)
{
    if (!address->length || address->sa.sa_family != AF_INET6 || address->in6.sin6_scope_id)
        return false;
    const struct in6_addr *host = &address->in6.sin6_addr;
    return IN6_IS_ADDR_LINKLOCAL(host) || IN6_IS_ADDR_MC_LINKLOCAL(host) || IN6_IS_ADDR_MC_NODELOCAL(host);
}

bool address_split(char *text, char **host, char **service)
{
    char *colon = strrchr(text, ':');
    if (!colon)
        return false;
    if (*text == '[') {
        if (colon == text || colon[-1] != ']')
            return false;
        colon[-1] = '\0';
        *host = text + 1;
    } else {
        if (strchr(text, ':') != colon)
            return false;
        *host = text;
    }
    *colon = '\0';
    *service = colon + 1;
    return true;
}

bool address_is_mapped(const struct address *address)
{
    struct address plain = *address;
    return address_unmap(&plain);
}

const char *host_text(const struct address *address, char *buffer, size_t size)
{
    char host[ADDRESS_TEXT_MAX], scope[ADDRESS_TEXT_MAX];
    const char *interface = address_scope(address, scope, sizeof(scope));
    address_host(address, host, sizeof(host));
    snprintf(buffer, size, "%s%s%s", host, interface ? "%" : "", interface ? interface : "");
    return buffer;
}
