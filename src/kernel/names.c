/* SPDX-License-Identifier: ISC */
/* What /etc says about names: name servers, sources of names, users. */
#include "kernel/names.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/procfs-open.h"

int procfs_nameservers(char (*servers)[PROCFS_NAMESERVER_MAX], int max)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    int count = 0;
    struct address address;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/resolv.conf");
    if (!file)
        return -1;
    while (count < max && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        if (!word || strcmp(word, "nameserver") != 0 || !(word = strtok_r(NULL, " \t\n", &state)))
            continue;
        /* glibc passes over what is not an address. */
        if (address_parse(&address, word, 0))
            snprintf(servers[count++], PROCFS_NAMESERVER_MAX, "%s", word);
    }
    return count;
}

#ifdef __GLIBC__
bool procfs_name_sources(const char *database, char *text, size_t size)
{
    size_t length = strlen(database), room = 0;
    bool found = false;
    cleanup_free char *line = NULL;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/nsswitch.conf");
    while (file && !found && getline(&line, &room, file) > 0) {
        const char *start = line + strspn(line, " \t");
        if (strncmp(start, database, length) != 0 || start[length] != ':')
            continue;
        start += length + 1;
        start += strspn(start, " \t");
        size_t end = strcspn(start, "#\n");
        while (end > 0 && (start[end - 1] == ' ' || start[end - 1] == '\t'))
            end--;
        snprintf(text, size, "%.*s", (int)end, start);
        found = end > 0;
    }
    return found;
}
#else
/* Other C libraries do not read it. */
bool procfs_name_sources(const char *database, char *text, size_t size)
{
    (void)database;
    (void)text;
    (void)size;
    return false;
}

void procfs_search(struct procfs_search *search)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    *search = (struct procfs_search){.ndots = 1};
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/resolv.conf");
    while (file && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        bool is_list = word && (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0);
        bool is_options = word && strcmp(word, "options") == 0;
        search->count = is_list ? 0 : search->count;
        while ((is_list || is_options) && (word = strtok_r(NULL, " \t\n", &state))) {
            if (is_options && sscanf(word, "ndots:%u", &search->ndots) == 1)
                continue;
            if (is_list && search->count < PROCFS_SEARCH_MAX)
                snprintf(search->domains[search->count++], PROCFS_DOMAIN_MAX, "%s", word);
        }
    }
}
#endif

static bool has_name(char *state, const char *name)
{
    for (char *word; (word = strtok_r(NULL, " \t\n", &state)) && word[0] != '#';)
        if (strcasecmp(word, name) == 0)
            return true;
    return false;
}

bool names_hosts(const char *name, int family, char text[INET6_ADDRSTRLEN])
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    unsigned char bytes[sizeof(struct in6_addr)];
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/hosts");
    while (file && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        if (!word || inet_pton(family, word, bytes) != 1 || !has_name(state, name))
            continue;
        snprintf(text, INET6_ADDRSTRLEN, "%s", word);
        return true;
    }
    return false;
}

/* Whether two texts are the same address, however it is written. */
static bool is_same_address(const char *a, const char *b)
{
    struct address one, other;
    return address_parse(&one, a, 0) && address_parse(&other, b, 0) && address_equal(&one, &other);
}

bool names_hosts_has(const char *name, const char *address)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    bool found = false;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/hosts");
    while (file && !found && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        found = word && is_same_address(word, address) && has_name(state, name);
    }
    return found;
}

bool names_order_is_changed(void)
{
    cleanup_free char *line = NULL;
    size_t size = 0;
    bool changed = false;
    cleanup_file FILE *file = procfs_file(AT_FDCWD, "/etc/gai.conf");
    while (file && !changed && getline(&line, &size, file) > 0) {
        char *state, *word = strtok_r(line, " \t\n", &state);
        changed = word && (strcmp(word, "label") == 0 || strcmp(word, "precedence") == 0 ||
                              strcmp(word, "scopev4") == 0);
    }
    return changed;
}

const char *procfs_user(uid_t uid, char *buffer, size_t size)
{
    struct passwd entry, *found;
    char strings[4096];
    if (getpwuid_r(uid, &entry, strings, sizeof(strings), &found) != 0 || !found)
        return NULL;
    snprintf(buffer, size, "%s", found->pw_name);
    return buffer;
}

bool procfs_user_id(const char *name, uid_t *uid)
{
    struct passwd entry, *found;
    char strings[4096];
    if (getpwnam_r(name, &entry, strings, sizeof(strings), &found) != 0 || !found)
        return false;
    *uid = found->pw_uid;
    return true;
}
