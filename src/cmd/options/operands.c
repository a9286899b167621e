/* SPDX-License-Identifier: ISC */
/* The operands that name an end of a connection. */
#include "cmd/options/operands.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/cleanup.h"
#include "cmd/command.h"
#include "net/socket/target.h"

/* Strips brackets, since "[::1]" 80 is also valid as two words. */
static void brackets_strip(const char **host, char *word)
{
    size_t length = strlen(word);
    if (length > 2 && word[0] == '[' && word[length - 1] == ']') {
        word[length - 1] = '\0';
        *host = word + 1;
    }
}

const char *url_operands(const char *text, char *buffer, size_t size)
{
    static const struct {
        const char *scheme;
        int port;
    } known[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}, {"ssh", 22}};
    char copy[256], *host = NULL, *port = NULL;
    const char *start = strstr(text, "://");
    if (!start || start == text)
        return NULL;
    snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(start + 3, "/?#"), start + 3);
    char *user = strrchr(copy, '@');
    char *end = user ? user + 1 : copy;
    if (address_split(end, &host, &port)) {
        snprintf(buffer, size, "%s %s", host, port);
        return buffer;
    }
    size_t length = (size_t)(start - text);
    for (size_t i = 0; i < array_size(known); i++)
        if (strlen(known[i].scheme) == length && strncasecmp(text, known[i].scheme, length) == 0) {
            snprintf(buffer, size, "%s %d", end, known[i].port);
            return buffer;
        }
    snprintf(buffer, size, "%s PORT", end);
    return buffer;
}

int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service)
{
    char *first = NULL, *second = NULL, meant[320];
    if (argc > 0 && url_operands(argv[0], meant, sizeof(meant)))
        return usage_error("'%s' is a URL; did you mean: %s %s", argv[0], getprogname(), meant);
    if (argc == 2) {
        *host = argv[0];
        *service = argv[1];
        brackets_strip(host, argv[0]);
    } else if (argc == 1 && address_split(argv[0], &first, &second)) {
        *host = first;
        *service = second;
    } else if (argc == 1 && port_alone) {
        *service = argv[0];
    } else {
        return argc ? usage_error("'%s' has no port", argv[0]) : usage_error("no host and port given");
    }
    if (*host && !**host)
        return usage_error("the host is empty");
    return EXIT_DONE;
}

int operands_split(int argc, char **argv, bool port_alone, const char **host, const char **service)
{
    char error[256];
    int status = operands_take(argc, argv, port_alone, host, service);
    if (status == EXIT_DONE && !service_check(*service, port_alone ? 0 : 1, error, sizeof(error)))
        return usage_error("%s", error);
    return status;
}

/* What is wrong with one that address_unix() refuses. */
static const char *path_problem(const char *path)
{
    bool is_abstract = *path == '@';
    char name[ADDRESS_TEXT_MAX];
    if (!path[is_abstract])
        return "empty";
    if (is_abstract && strlen(path) <= sizeof(name) && text_unescape(name, sizeof(name), path + 1) < 0)
        return "invalid: an abstract name takes the escapes of unvis(3)";
    return "too long for a unix socket (107 bytes)";
}

int operand_path(int argc, char **argv, struct spec *spec)
{
    struct address address;
    if (argc != 1)
        return usage_error("-U takes one operand, the path");
    spec->path = argv[0];
    if (!address_unix(&address, spec->path))
        return usage_error("path '%s' is %s", spec->path, path_problem(spec->path));
    if (spec->source_host && !address_unix(&address, spec->source_host))
        return usage_error("-s: path '%s' is %s", spec->source_host, path_problem(spec->source_host));
    return EXIT_DONE;
}

/* Completes the names of one entry, including its aliases. */
static void entry_complete(const struct completion *completion, const char *name, char *const *aliases)
{
    complete_word(completion, name);
    for (; *aliases; aliases++)
        complete_word(completion, *aliases);
}

void host_complete(const struct completion *completion)
{
    const struct hostent *entry;
    sethostent(0);
    while ((entry = gethostent()))
        entry_complete(completion, entry->h_name, entry->h_aliases);
    endhostent();
}

void service_complete(const struct completion *completion)
{
    const struct servent *entry;
    setservent(0);
    while ((entry = getservent()))
        entry_complete(completion, entry->s_name, entry->s_aliases);
    endservent();
}

void host_port_complete(const struct spec *spec, int position, const struct completion *completion)
{
    if (spec->family == AF_UNIX)
        complete_path(completion);
    else if (position == 0)
        host_complete(completion);
    else
        service_complete(completion);
}
