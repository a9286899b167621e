/* SPDX-License-Identifier: ISC */
/* Whether name servers were asked, and which of them cannot answer. */
#include "why/name-server.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/names.h"
#include "kernel/route/route.h"
#include "kernel/sockdiag/sockdiag.h"
#include "why/servers.h"

#define SERVERS_ASKED 3 /* MAXNS of resolv.h */
#define DNS_PORT      53
#define LABEL_MAX     63  /* RFC 1035, 2.3.4 */
#define NAME_MAX_DNS  253 /* the same, as text without the last dot */

const char *name_defect(const char *name)
{
    size_t whole = strlen(name);
    if (whole > 0 && name[whole - 1] == '.')
        whole--;
    if (whole > NAME_MAX_DNS)
        return "it is longer than 253 bytes";
    for (const char *label = name; *label;) {
        size_t length = strcspn(label, ".");
        if (length > LABEL_MAX)
            return "a part between two dots is longer than 63 bytes";
        if (length == 0 && whole > 0)
            return "a part between two dots is empty";
        label += length + (label[length] == '.');
    }
    return NULL;
}

/* Whether an action of nsswitch.conf(5), "[NOTFOUND=return]", ends the search for a name that the source
 * before it does not have. */
static bool ends_search(const char *action, size_t length)
{
    char text[64];
    if (length >= sizeof(text))
        return true;
    memcpy(text, action, length);
    text[length] = '\0';
    return strcasestr(text, "return") &&
           (strcasestr(text, "NOTFOUND") ? !strcasestr(text, "!NOTFOUND") : strchr(text, '!') != NULL);
}

/*
 * Whether the sources lead to DNS for a name that the ones before do not have. What a module other than
 * "files" says of a name is not known, except that the small ones of mDNS pass on what does not end in
 * .local.
 */
static bool reaches_dns(const char *sources, const char *name)
{
    bool passes = true; /* the last source, if it has an action, lets the name through */
    size_t length, end = name ? strlen(name) : 0;
    bool is_local = end >= 6 && strcasecmp(name + end - 6, ".local") == 0;
    for (const char *word = sources; *word; word += length + strspn(word + length, " \t")) {
        bool is_action = *word == '[';
        length = is_action ? strcspn(word, "]") + (strchr(word, ']') != NULL) : strcspn(word, " \t[");
        if (!is_action && length == 3 && strncmp(word, "dns", 3) == 0)
            return true;
        if (is_action && !passes && ends_search(word, length))
            return false;
        if (!is_action)
            passes = strncmp(word, "mdns", 4) == 0 && !is_local;
    }
    return false;
}

/* A server that cannot have answered: on this host without a socket, or out of reach. */
static void cause_server(struct why *why, const struct address *server)
{
    struct failure question = {.phase = PHASE_DATAGRAM, .address = *server, .evidence = {.type = SOCK_DGRAM}};
    struct route route;
    char host[ADDRESS_TEXT_MAX];
    struct field name = F_TEXT("server", host_text(server, host, sizeof(host)));
    if (route_lookup(&(struct route_query){.to = server, .protocol = IPPROTO_UDP}, &route) < 0)
        return;
    if (route.error != 0) {
        emit_cause(why, SERVER_UNREACHABLE, name);
    } else if (address_is_wildcard(server) || route_is_local(server)) {
        cleanup_free struct servers *servers = servers_find(&question, IPPROTO_UDP);
        if (servers && servers->count == 0)
            emit_cause(why, SERVER_CLOSED, name);
    }
}

void cause_servers(struct why *why, const char *name)
{
    char texts[SERVERS_ASKED][PROCFS_NAMESERVER_MAX], sources[128];
    const char *words[SERVERS_ASKED];
    struct address server;
    bool known = procfs_name_sources("hosts", sources, sizeof(sources));
    if ((known && !reaches_dns(sources, name)) || (name && name_defect(name)))
        return;
    int count = procfs_nameservers(texts, SERVERS_ASKED);
    bool missing = count < 0 && errno == ENOENT;
    for (int i = 0; i < count; i++)
        words[i] = texts[i];
    if (count > 0)
        emit_cause(why, NAME_SERVERS, F_WORDS("servers", words, count));
    else
        emit_cause(why, NO_NAME_SERVERS, F_TRUE("missing", missing));
    for (int i = 0; i < count; i++)
        if (address_parse(&server, texts[i], DNS_PORT))
            cause_server(why, &server);
    if (count <= 0 && address_parse(&server, "127.0.0.1", DNS_PORT))
        cause_server(why, &server);
}
