/* SPDX-License-Identifier: ISC */
/* resolve --dns: what each name server answers, and what getaddrinfo made of it. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "cmd/resolve/resolve.h"
#include "kernel/names.h"
#include "kernel/procfs-host.h"
#include "net/dns/ask.h"
#include "net/dns/order.h"

/* Asked on purpose, a server may take longer than after a failure. */
#define LIMIT (2 * NS_PER_S)

static void records_emit(struct sink *sink, const char *server, const struct asked_reply *reply)
{
    struct dns_record record;
    for (int i = 0; i < reply->answer.records; i++)
        if (dns_record_read(&record, reply->bytes, reply->length, i))
            emit(sink, EVENT_RECORD, F_TEXT("server", server), F_FOREIGN("name", record.name),
                F_INT("time_to_live", record.ttl), F_NAME("type", names_dns_type, record.type),
                *record.data ? F_FOREIGN("data", record.data) : F_NONE,
                *record.data ? F_NONE : F_INT("length", record.length));
}

/* How a query ended that has neither a response code nor an error. */
static const char *outcome_of(const struct asked_reply *reply)
{
    switch (reply->state) {
    case ASKED_SILENT: return "no answer";
    case ASKED_MALFORMED: return "an answer that cannot be read";
    case ASKED_FAILED:
    case ASKED_ANSWERED: break;
    }
    return NULL;
}

static const char *note_of(const struct asked_reply *reply)
{
    if (reply->truncated)
        return reply->tcp_error ? "truncated over UDP, and TCP failed" : "truncated over UDP, whole over TCP";
    return reply->state == ASKED_ANSWERED && reply->simple ? "without EDNS" : NULL;
}

static void answer_emit(struct sink *sink, const struct asked *asked, const struct asked_reply *reply)
{
    char server[ADDRESS_TEXT_MAX], info[NAME_TEXT_MAX];
    const struct dns_answer *answer = reply->state == ASKED_ANSWERED ? &reply->answer : NULL;
    const struct dns_ede *ede = answer && answer->ede_count > 0 ? &answer->edes[0] : NULL;
    int64_t elapsed = reply->state == ASKED_SILENT ? asked->waited : reply->elapsed;
    host_text(&asked->setup.servers[reply->server], server, sizeof(server));
    emit(sink, EVENT_ANSWER, F_TEXT("server", server), F_FOREIGN("name", asked->setup.names[reply->name]),
        F_NAME("type", names_dns_type, asked->types[reply->type]), F_TEXT("outcome", outcome_of(reply)),
        F_ERRNO(reply->error ? reply->error : reply->tcp_error),
        answer ? F_NAME("rcode", names_rcode, answer->rcode) : F_NONE,
        answer ? F_FLAGS("flags", names_dns_flag, answer->flags) : F_NONE,
        answer ? F_INT("records", answer->wanted) : F_NONE, F_TRUE("truncated", reply->truncated),
        F_TIME("elapsed", elapsed), F_TEXT("note", note_of(reply)),
        ede ? F_INT("info_code", ede->code) : F_NONE,
        ede ? F_TEXT("info", name_text(&names_ede, ede->code, info, sizeof(info))) : F_NONE,
        ede && ede->length ? F_BYTES("extra", ede->text, ede->length) : F_NONE);
    if (answer)
        records_emit(sink, server, reply);
}

/* An address, and who has it. */
struct origin {
    char host[INET6_ADDRSTRLEN];
    bool of[DNS_SERVERS_MAX]; /* the servers that have it */
    bool returned;            /* by getaddrinfo, in the order of the list */
    struct order_end end;
};

#define ORIGINS_MAX 1024

struct origins {
    int count;
    struct origin at[ORIGINS_MAX];
};

/* NULL if there are too many. */
static struct origin *origin_of(struct origins *origins, const char *host)
{
    for (int i = 0; i < origins->count; i++)
        if (strcmp(origins->at[i].host, host) == 0)
            return &origins->at[i];
    if (origins->count == ORIGINS_MAX)
        return NULL;
    struct origin *origin = &origins->at[origins->count++];
    *origin = (struct origin){.returned = false};
    snprintf(origin->host, sizeof(origin->host), "%s", host);
    return origin;
}

static void returned_add(struct sink *sink, struct origins *origins, const struct lookup *lookup)
{
    char host[ADDRESS_TEXT_MAX];
    for (const struct addrinfo *node = lookup->list; node; node = node->ai_next) {
        struct address address = address_from(node->ai_addr, node->ai_addrlen);
        address_unmap(&address);
        struct origin *origin = origin_of(origins, address_host(&address, host, sizeof(host)));
        if (!origin || origin->returned)
            continue;
        struct order_end *end = &origin->end;
        origin->returned = true;
        end->address = address;
        if (address_port(&address) == 0)
            address_set_port(&address, 53);
        if (address_source(sink, &address, &end->source) < 0)
            end->source.length = 0;
        else if (end->source.sa.sa_family == AF_INET6)
            end->deprecated = procfs_is_deprecated(&end->source.in6.sin6_addr);
    }
}

/* The first name of the search list that a server has an address for is the one that counts. */
static int name_found(const struct asked *asked)
{
    int name = asked->setup.name_count;
    for (int i = 0; i < asked->count; i++)
        if (asked->replies[i].answer.wanted > 0 && asked->replies[i].name < name)
            name = asked->replies[i].name;
    return name;
}

static void served_add(struct origins *origins, const struct asked *asked)
{
    struct dns_record record;
    int name = name_found(asked);
    for (int i = 0; i < asked->count; i++) {
        const struct asked_reply *reply = &asked->replies[i];
        for (int j = 0; reply->name == name && j < reply->answer.records; j++) {
            struct origin *origin = NULL;
            if (dns_record_read(&record, reply->bytes, reply->length, j) &&
                record.type == asked->types[reply->type] && *record.data)
                origin = origin_of(origins, record.data);
            if (origin)
                origin->of[reply->server] = true;
        }
    }
}

/* Whether every server has answered all that it was asked. */
static bool all_answered(const struct asked *asked)
{
    for (int i = 0; i < asked->count; i++)
        if (asked->replies[i].state != ASKED_ANSWERED)
            return false;
    return true;
}

static void origin_emit(
    struct sink *sink, const struct asked *asked, const char *name, const struct origins *origins, int index)
{
    char texts[DNS_SERVERS_MAX][ADDRESS_TEXT_MAX];
    const char *servers[DNS_SERVERS_MAX], *reason = NULL, *note = NULL;
    const struct origin *origin = &origins->at[index], *next = origin + 1;
    size_t count = 0;
    for (int i = 0; i < asked->setup.server_count; i++) {
        if (origin->of[i]) {
            servers[count] = host_text(&asked->setup.servers[i], texts[count], sizeof(texts[count]));
            count++;
        }
    }
    bool in_hosts = names_hosts_has(name, origin->host);
    bool has_next = origin->returned && index + 1 < origins->count && next->returned;
    /* If the order is another one, something else has decided it. */
    int rule = has_next && !names_order_is_changed() ? order_rule(&origin->end, &next->end, &reason) : 0;
    if (count == 0 && !in_hosts && all_answered(asked))
        note = "no name server has it now, nor /etc/hosts: of another source of names, or of a cache";
    emit(sink, EVENT_ORIGIN, F_FOREIGN("name", name), F_TEXT("host", origin->host),
        count > 0 ? F_WORDS("servers", servers, count) : F_NONE, F_BOOL("in_hosts", in_hosts),
        F_BOOL("returned", origin->returned), F_TEXT("note", note),
        rule > 0 ? F_FOREIGN("next", next->host) : F_NONE, rule > 0 ? F_INT("rule", rule) : F_NONE,
        rule > 0 ? F_TEXT("reason", reason) : F_NONE);
}

static void asked_report(struct sink *sink, const struct lookup *lookup, const struct asked *asked)
{
    cleanup_free struct origins *origins = calloc(1, sizeof(*origins));
    for (int i = 0; i < asked->count; i++)
        answer_emit(sink, asked, &asked->replies[i]);
    if (!origins)
        return;
    returned_add(sink, origins, lookup);
    served_add(origins, asked);
    for (int i = 0; i < origins->count; i++)
        origin_emit(sink, asked, lookup->host, origins, i);
}

int dns_report(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup)
{
    const struct dns_question question = {
        .name = options->host, .family = options->hints.ai_family, .limit = LIMIT};
    cleanup_free struct asked *asked = calloc(1, sizeof(*asked));
    bool is_asked = asked && dns_ask(sink, &question, asked);
    int status = resolve_report(sink, options, lookup, is_asked ? asked : NULL);
    if (is_asked) {
        asked_report(sink, lookup, asked);
        asked_free(asked);
    }
    return status;
}
