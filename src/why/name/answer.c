/* SPDX-License-Identifier: ISC */
/* What one name server answers, in a line for all queries to it; see answer.h. */
#include "why/name/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"

#define OUTCOME_MAX 96
#define SAID_MAX    4096
#define ROW_FIELDS  8

bool answers_came(const struct asked *asked, int server)
{
    for (int i = 0; i < asked->count; i++)
        if (asked->replies[i].server == server && asked->replies[i].state >= ASKED_MALFORMED)
            return true;
    return false;
}

/* How a query ended, in a word or two. */
static const char *outcome_text(const struct asked *asked, const struct asked_reply *reply, char *buffer)
{
    char number[NAME_TEXT_MAX];
    const char *type = name_text(&names_dns_type, asked->types[reply->type], number, sizeof(number));
    const struct dns_answer *answer = &reply->answer;
    switch (reply->state) {
    case ASKED_SILENT:
        duration_text(asked->waited, number, sizeof(number));
        snprintf(buffer, OUTCOME_MAX, "nothing within %.64s", number);
        return buffer;
    case ASKED_FAILED: return errno_name(reply->error);
    case ASKED_MALFORMED: return "what cannot be read";
    case ASKED_ANSWERED: break;
    }
    if (reply->tcp_error)
        snprintf(buffer, OUTCOME_MAX, "a truncated answer (%s over TCP)", errno_name(reply->tcp_error));
    else if (answer->rcode == 0 && answer->wanted == 0)
        return "NODATA";
    else if (answer->rcode == 0)
        snprintf(buffer, OUTCOME_MAX, "%d %s record%s", answer->wanted, type, answer->wanted == 1 ? "" : "s");
    else
        snprintf(buffer, OUTCOME_MAX, "%s", name_text(&names_rcode, answer->rcode, number, sizeof(number)));
    return buffer;
}

/* The replies of a server to the queries for one name (-1: for any), if all ended alike; else NULL. */
static const char *outcome_common(const struct asked *asked, int server, int name, char *buffer)
{
    char other[OUTCOME_MAX];
    const char *common = NULL;
    for (int i = 0; i < asked->count; i++) {
        const struct asked_reply *reply = &asked->replies[i];
        if (reply->server != server || (name >= 0 && reply->name != name))
            continue;
        if (!common)
            common = outcome_text(asked, reply, buffer);
        else if (strcmp(common, outcome_text(asked, reply, other)) != 0)
            return NULL;
    }
    return common;
}

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, SAID_MAX - used, format, arguments);
    va_end(arguments);
}

/* "SERVFAIL", or "NXDOMAIN for a.example, nothing for a (AAAA)". */
static void said_fill(char *said, const struct asked *asked, int server)
{
    char buffer[OUTCOME_MAX], number[NAME_TEXT_MAX];
    const char *common = outcome_common(asked, server, -1, buffer);
    if (common)
        append(said, "%s", common);
    for (int i = 0; !common && i < asked->count; i++) {
        const struct asked_reply *reply = &asked->replies[i];
        const char *name = asked->setup.names[reply->name], *gap = *said ? ", " : "";
        if (reply->server != server)
            continue;
        const char *both = outcome_common(asked, server, reply->name, buffer);
        if (both && reply->type == 0)
            append(said, "%s%s for %s", gap, both, name);
        else if (!both)
            append(said, "%s%s for %s (%s)", gap, outcome_text(asked, reply, buffer), name,
                name_text(&names_dns_type, asked->types[reply->type], number, sizeof(number)));
    }
}

/* The first extended error of a server; NULL if it sent none. */
static const struct dns_ede *ede_first(const struct asked *asked, int server)
{
    for (int i = 0; i < asked->count; i++) {
        const struct asked_reply *reply = &asked->replies[i];
        if (reply->server == server && reply->state == ASKED_ANSWERED && reply->answer.ede_count > 0)
            return &reply->answer.edes[0];
    }
    return NULL;
}

/* One reply as an object of the list. */
static void row_fill(struct field row[ROW_FIELDS], const struct asked *asked, const struct asked_reply *reply)
{
    const struct dns_answer *answer = reply->state == ASKED_ANSWERED ? &reply->answer : NULL;
    const struct field fields[ROW_FIELDS] = {F_FOREIGN("name", asked->setup.names[reply->name]),
        F_NAME("type", names_dns_type, asked->types[reply->type]),
        answer ? F_NAME("rcode", names_rcode, answer->rcode) : F_NONE,
        answer ? F_INT("records", answer->wanted) : F_NONE,
        F_ERRNO(reply->state == ASKED_FAILED ? reply->error : reply->tcp_error),
        F_TRUE("truncated", reply->truncated), F_TIME("elapsed", reply->elapsed), F_END};
    memcpy(row, fields, sizeof(fields));
}

/* The list of replies needs more room than a stack may have. */
struct said {
    char text[SAID_MAX];
    struct field rows[ASKED_MAX][ROW_FIELDS];
    const struct field *list[ASKED_MAX];
};

static void cause_said(struct why *why, const struct asked *asked, int server, struct field host)
{
    char ede_text[NAME_TEXT_MAX];
    cleanup_free struct said *said = calloc(1, sizeof(*said));
    const struct dns_ede *ede = ede_first(asked, server);
    size_t count = 0;
    int64_t elapsed = -1;
    bool truncated = false, failed = false, silent = false;
    if (!said)
        return;
    for (int i = 0; i < asked->count; i++) {
        const struct asked_reply *reply = &asked->replies[i];
        if (reply->server != server)
            continue;
        row_fill(said->rows[count], asked, reply);
        said->list[count] = said->rows[count];
        count++;
        elapsed = reply->elapsed > elapsed ? reply->elapsed : elapsed;
        truncated |= reply->truncated;
        failed |= reply->tcp_error != 0;
        silent |= reply->state == ASKED_SILENT;
    }
    said_fill(said->text, asked, server);
    emit_cause(why, NAME_SERVER_ANSWER, host, F_FOREIGN("said", said->text),
        F_TIME("elapsed", silent ? -1 : elapsed),
        F_TEXT("note", truncated && !failed ? "truncated over UDP, whole over TCP" : NULL),
        ede ? F_INT("info_code", ede->code) : F_NONE,
        ede ? F_TEXT("info", name_text(&names_ede, ede->code, ede_text, sizeof(ede_text))) : F_NONE,
        ede && ede->length ? F_BYTES("extra", ede->text, ede->length) : F_NONE,
        F_LIST("answers", said->list, count));
}

void cause_answers(struct why *why, const struct asked *asked, int server)
{
    char text[ADDRESS_TEXT_MAX];
    struct field host = F_TEXT("server", host_text(&asked->setup.servers[server], text, sizeof(text)));
    int error = 0;
    for (int i = 0; i < asked->count; i++)
        if (asked->replies[i].server == server && asked->replies[i].state == ASKED_FAILED)
            error = asked->replies[i].error;
    if (answers_came(asked, server))
        cause_said(why, asked, server, host);
    else if (error == ECONNREFUSED)
        emit_cause(why, NAME_SERVER_REJECTS, host);
    else if (error)
        emit_cause(why, NAME_SERVER_FAILED, host, F_ERRNO(error));
    else
        emit_cause(why, NAME_SERVER_SILENT, host, F_TIME("elapsed", asked->waited),
            asked->strays[server] ? F_INT("strays", asked->strays[server]) : F_NONE);
}
