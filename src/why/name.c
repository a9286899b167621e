/* Why a name or a service was not resolved. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/names.h"
#include "kernel/procfs.h"
#include "why/interface.h"
#include "why/judges.h"

static void cause_servers(struct why *why)
{
    char servers[3][PROCFS_NAMESERVER_MAX]; /* MAXNS of resolv.h: the resolver asks no more */
    const char *words[array_size(servers)];
    int count = procfs_nameservers(servers, array_size(servers));
    for (int i = 0; i < count; i++)
        words[i] = servers[i];
    if (count > 0)
        emit_cause(why, NAME_SERVERS, F_WORDS("servers", words, count));
    else
        emit_cause(why, NO_NAME_SERVERS, F_NONE);
}

/* The family of a numeric address; AF_UNSPEC for anything else. */
static int family_of(const char *name)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, name, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

/* "fe80::1%eth9": if the interface is missing, getaddrinfo does not take it for an address. */
static bool cause_scope(struct why *why, const char *name)
{
    char host[INET6_ADDRSTRLEN];
    const char *scope = strchr(name, '%');
    if (!scope || scope[1] == '\0' ||
        (size_t)snprintf(host, sizeof(host), "%.*s", (int)(scope - name), name) >= sizeof(host) ||
        family_of(host) != AF_INET6 || if_nametoindex(scope + 1) != 0)
        return false;
    cause_interfaces(why, scope + 1);
    return true;
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word), end;
    for (; *text; text += end + strspn(text + end, " \t")) {
        end = strcspn(text, " \t");
        if (end == length && strncmp(text, word, length) == 0)
            return true;
    }
    return false;
}

/* AI_ADDRCONFIG hides the addresses of families that this host does not have. */
static const char *filter_note(const struct why *why)
{
    return why->evidence->flags & AI_ADDRCONFIG
               ? "of a family that an interface of this host has (AI_ADDRCONFIG)"
               : NULL;
}

static void why_unknown(struct why *why, const char *name)
{
    char sources[128];
    bool known = procfs_name_sources("hosts", sources, sizeof(sources));
    if (cause_scope(why, name))
        return;
    if (why->evidence->flags & (why->evidence->is_service ? AI_NUMERICSERV : AI_NUMERICHOST)) {
        emit_cause(why, NAME_NOT_NUMERIC, F_FOREIGN("name", name));
        return;
    }
    emit_cause(why, NAME_UNKNOWN, F_FOREIGN("name", name), F_FOREIGN("sources", known ? sources : NULL),
        F_TEXT("note", filter_note(why)));
    if (known && has_word(sources, "dns"))
        cause_servers(why);
}

static void why_service(struct why *why, const char *service)
{
    char sources[128];
    bool known = procfs_name_sources("services", sources, sizeof(sources));
    int type = why->evidence->type, protocol = why->evidence->protocol;
    /* For a numeric service EAI_SERVICE means a wrong type or protocol; raw sockets have no services. */
    if (service[strspn(service, "0123456789")] == '\0')
        return;
    if (type == 0 || type == SOCK_STREAM || type == SOCK_DGRAM)
        emit_cause(why, SERVICE_UNKNOWN, F_FOREIGN("service", service),
            F_FOREIGN("sources", known ? sources : NULL), type ? F_NAME("type", names_type, type) : F_NONE,
            protocol ? F_NAME("protocol", names_protocol, protocol) : F_NONE);
}

void why_name(struct why *why)
{
    const char *name = why->failure->name;
    int family = why->evidence->family;
    struct field wanted =
        family == AF_INET || family == AF_INET6 ? F_NAME("family", names_family, family) : F_NONE;
    if (why->failure->eai == EAI_AGAIN) {
        cause_servers(why);
        return;
    }
    if (!name || strcmp(why->failure->call, "getaddrinfo") != 0)
        return;
    switch (why->failure->eai) {
    case EAI_NONAME: why_unknown(why, name); break;
    case EAI_NODATA:
        emit_cause(why, NAME_NO_ADDRESS, F_FOREIGN("name", name), wanted, F_TEXT("note", filter_note(why)));
        break;
    case EAI_ADDRFAMILY:
        if (family_of(name) != AF_UNSPEC && family_of(name) != family)
            emit_cause(why, NAME_OTHER_FAMILY, F_FOREIGN("name", name),
                F_NAME("name_family", names_family, family_of(name)), wanted);
        break;
    case EAI_SERVICE: why_service(why, name); break;
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
    if (!failure->evidence.is_service && known && has_word(sources, "dns"))
        cause_servers(why);
}
