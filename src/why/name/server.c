/* SPDX-License-Identifier: ISC */
/* Which name servers were asked, what each answers when it is asked again, and which of them cannot. */
#include "why/name/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/names.h"
#include "kernel/route/route.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/name/asked.h"
#include "why/name/answer.h"
#include "why/name/source.h"
#include "why/servers.h"

#define DNS_PORT   53
#define LISTED_MAX 16

/* A server that cannot have answered: on this host without a socket, or out of reach. */
static bool cause_server(struct why *why, const struct address *server)
{
    struct failure question = {.phase = PHASE_DATAGRAM, .address = *server, .evidence = {.type = SOCK_DGRAM}};
    struct route route;
    char host[ADDRESS_TEXT_MAX];
    struct field name = F_TEXT("server", host_text(server, host, sizeof(host)));
    if (route_lookup(&(struct route_query){.to = server, .protocol = IPPROTO_UDP}, &route) < 0)
        return false;
    if (route.error != 0) {
        emit_cause(why, SERVER_UNREACHABLE, name);
        return true;
    }
    if (!address_is_wildcard(server) && !route_is_local(server))
        return false;
    cleanup_free struct servers *servers = servers_find(&question, IPPROTO_UDP);
    bool closed = servers && servers->count == 0;
    if (closed)
        emit_cause(why, SERVER_CLOSED, name);
    return closed;
}

/* What they answer; the kernel's reason comes first if one cannot. */
static void cause_asked(struct why *why, const struct asked *asked)
{
    char hosts[DNS_SERVERS_MAX][ADDRESS_TEXT_MAX];
    char listed[LISTED_MAX][PROCFS_NAMESERVER_MAX];
    const char *words[DNS_SERVERS_MAX], *names[DNS_NAMES_MAX];
    int more = procfs_nameservers(listed, LISTED_MAX) - asked->setup.server_count;
    for (int i = 0; i < asked->setup.server_count; i++)
        words[i] = host_text(&asked->setup.servers[i], hosts[i], sizeof(hosts[i]));
    for (int i = 0; i < asked->setup.name_count; i++)
        names[i] = asked->setup.names[i];
    emit_cause(why, NAME_SERVERS, F_WORDS("servers", words, asked->setup.server_count),
        F_WORDS("names", names, asked->setup.name_count), more > 0 ? F_INT("unused", more) : F_NONE);
    for (int i = 0; i < asked->setup.server_count; i++)
        if (answers_came(asked, i) || !cause_server(why, &asked->setup.servers[i]))
            cause_answers(why, asked, i);
}

/* They were not asked again: what resolv.conf says, and what the kernel knows. */
static void cause_listed(struct why *why)
{
    char texts[DNS_SERVERS_MAX][PROCFS_NAMESERVER_MAX];
    const char *words[DNS_SERVERS_MAX];
    struct address server;
    int count = procfs_nameservers(texts, DNS_SERVERS_MAX);
    for (int i = 0; i < count; i++)
        words[i] = texts[i];
    if (count > 0)
        emit_cause(why, NAME_SERVERS, F_WORDS("servers", words, count));
    for (int i = 0; i < count; i++)
        if (address_parse(&server, texts[i], DNS_PORT))
            cause_server(why, &server);
    if (count <= 0 && address_parse(&server, "127.0.0.1", DNS_PORT))
        cause_server(why, &server);
}

void cause_servers(struct why *why, const char *name)
{
    char texts[1][PROCFS_NAMESERVER_MAX];
    if (!name_reaches_dns(name))
        return;
    int count = procfs_nameservers(texts, 1);
    if (count <= 0)
        emit_cause(why, NO_NAME_SERVERS, F_TRUE("missing", count < 0 && errno == ENOENT));
    if (why->evidence->asked)
        cause_asked(why, why->evidence->asked);
    else
        cause_listed(why);
}
