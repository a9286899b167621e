/* SPDX-License-Identifier: ISC */
/* Why a name or a service was not resolved. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "kernel/names.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/name/server.h"
#include "why/name/source.h"

/* The family of a numeric address; AF_UNSPEC for anything else. */
static int family_of(const char *name)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, name, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

/* "fe80::1%eth9", "2001:db8::1%lo": if the interface is missing, or the address is not of a link, getaddrinfo
 * does not take it for an address. */
static bool cause_scope(struct why *why, const char *name)
{
    struct in6_addr bytes;
    char host[INET6_ADDRSTRLEN];
    const char *scope = strchr(name, '%');
    if (!scope || scope[1] == '\0' ||
        (size_t)snprintf(host, sizeof(host), "%.*s", (int)(scope - name), name) >= sizeof(host) ||
        inet_pton(AF_INET6, host, &bytes) != 1)
        return false;
    if (!IN6_IS_ADDR_LINKLOCAL(&bytes) && !IN6_IS_ADDR_MC_LINKLOCAL(&bytes))
        emit_cause(why, SCOPE_UNEXPECTED, F_FOREIGN("name", name), F_FOREIGN("scope", scope + 1));
    else if (if_nametoindex(scope + 1) == 0)
        cause_interfaces(why, scope + 1);
    else
        return false;
    return true;
}

/* AI_ADDRCONFIG hides the addresses of families that this host does not have. */
static const char *filter_note(const struct why *why)
{
    return why->evidence->flags & AI_ADDRCONFIG
               ? "of a family that an interface of this host has (AI_ADDRCONFIG)"
               : NULL;
}

/* /etc/hosts has the name, but for the other family alone. */
static bool cause_hosts(struct why *why, const char *name)
{
    int family = why->evidence->family;
    int other = family == AF_INET ? AF_INET6 : AF_INET;
    char address[INET6_ADDRSTRLEN];
    if ((family != AF_INET && family != AF_INET6) || names_hosts(name, family, address) ||
        !names_hosts(name, other, address))
        return false;
    emit_cause(why, NAME_IN_HOSTS, F_FOREIGN("name", name), F_FOREIGN("address", address),
        F_FOREIGN("host", address), F_NAME("family", names_family, family));
    return true;
}

static void why_unknown(struct why *why, const char *name)
{
    char sources[128];
    bool known = procfs_name_sources("hosts", sources, sizeof(sources));
    const char *defect = name_defect(name);
    if (cause_scope(why, name))
        return;
    if (why->evidence->flags & (why->evidence->is_service ? AI_NUMERICSERV : AI_NUMERICHOST)) {
        emit_cause(why, NAME_NOT_NUMERIC, F_FOREIGN("name", name));
        return;
    }
    if (defect) {
        emit_cause(why, NAME_MALFORMED, F_FOREIGN("name", name), F_TEXT("reason", defect));
        return;
    }
    if (!cause_hosts(why, name))
        emit_cause(why, NAME_UNKNOWN, F_FOREIGN("name", name), F_FOREIGN("sources", known ? sources : NULL),
            F_TEXT("note", filter_note(why)));
    cause_sources(why, name);
    cause_servers(why, name);
}

static void why_service(struct why *why, const char *service)
{
    char sources[128];
    bool known = procfs_name_sources("services", sources, sizeof(sources));
    int type = why->evidence->type, protocol = why->evidence->protocol;
    struct field where = F_FOREIGN("sources", known ? sources : NULL),
                 over = protocol ? F_NAME("protocol", names_protocol, protocol) : F_NONE;
    bool is_number = service[strspn(service, "0123456789")] == '\0';
    if (is_number && strcmp(why->failure->call, "getservbyport") == 0)
        emit_cause(why, PORT_NAMELESS, F_FOREIGN("service", service), where, over);
    /* For a numeric service EAI_SERVICE means a wrong type or protocol; raw sockets have no services. */
    else if (!is_number && (type == 0 || type == SOCK_STREAM || type == SOCK_DGRAM))
        emit_cause(why, SERVICE_UNKNOWN, F_FOREIGN("service", service), where,
            type ? F_NAME("type", names_type, type) : F_NONE, over);
}

/* getnameinfo(), gethostbyaddr(): no name for an address. */
static void why_nameless(struct why *why)
{
    char host[ADDRESS_TEXT_MAX], sources[128];
    bool known = procfs_name_sources("hosts", sources, sizeof(sources));
    const struct address *address = &why->failure->address;
    switch (why->failure->eai) {
    case EAI_NONAME:
    case EAI_NODATA:
        emit_cause(why, ADDRESS_NAMELESS, F_TEXT("host", host_text(address, host, sizeof(host))),
            F_FOREIGN("sources", known ? sources : NULL));
        cause_sources(why, NULL);
        cause_servers(why, NULL);
        break;
    case EAI_FAMILY:
        emit_cause(why, ADDRESS_NOT_NAMED, F_NAME("family", names_family, address->sa.sa_family));
        break;
    default: break;
    }
}

void why_name(struct why *why)
{
    const struct evidence *evidence = why->evidence;
    const char *name = why->failure->name;
    int family = evidence->family, own = name ? family_of(name) : AF_UNSPEC;
    struct field wanted =
        family == AF_INET || family == AF_INET6 ? F_NAME("family", names_family, family) : F_NONE;
    why->most = WHY_LINES_NAME;
    if (why->failure->eai == EAI_AGAIN || why->failure->eai == EAI_FAIL) {
        cause_sources(why, name);
        cause_servers(why, name);
        return;
    }
    if (!name) {
        if (why->failure->address.length > 0)
            why_nameless(why);
        return;
    }
    switch (why->failure->eai) {
    case EAI_NONAME: why_unknown(why, name); break;
    case EAI_NODATA:
        if (!cause_hosts(why, name))
            emit_cause(
                why, NAME_NO_ADDRESS, F_FOREIGN("name", name), wanted, F_TEXT("note", filter_note(why)));
        cause_sources(why, name);
        cause_servers(why, name);
        break;
    case EAI_ADDRFAMILY:
        if (own != AF_UNSPEC && own != family)
            emit_cause(why, NAME_OTHER_FAMILY, F_FOREIGN("name", name),
                F_NAME("name_family", names_family, own), wanted,
                F_TEXT("note", family == AF_UNSPEC && evidence->flags & AI_ADDRCONFIG
                                   ? "no interface but lo has an address of that family (AI_ADDRCONFIG)"
                                   : NULL));
        else
            cause_hosts(why, name);
        break;
    case EAI_SYSTEM: cause_sources(why, name); break;
    case EAI_SERVICE: why_service(why, name); break;
    case EAI_SOCKTYPE:
        emit_cause(why, TYPE_UNKNOWN, F_NAME("type", names_type, evidence->type),
            evidence->protocol ? F_NAME("protocol", names_protocol, evidence->protocol) : F_NONE);
        break;
    default: break;
    }
}

void why_resolver_slow(struct why *why)
{
    const struct failure *failure = why->failure;
    char sources[128];
    const char *database = failure->evidence.is_service ? "services" : "hosts";
    bool known = procfs_name_sources(database, sources, sizeof(sources));
    emit_cause(why, RESOLVER_SLOW, F_FOREIGN("name", failure->name),
        F_TIME("elapsed", failure_waited(failure)), F_TEXT("database", known ? database : NULL),
        F_FOREIGN("sources", known ? sources : NULL));
    why->most = WHY_LINES_NAME;
    if (!failure->evidence.is_service)
        cause_servers(why, failure->name);
}
