/* SPDX-License-Identifier: ISC */
/* The operands that name an end of a connection. */
#include "cmd/options/operands.h"

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/ports.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/meant.h"
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

bool url_split(const char *text, char *host, size_t host_size, char *port, size_t port_size)
{
    static const struct {
        const char *scheme, *port;
    } known[] = {
        {"http", "80"}, {"https", "443"}, {"ws", "80"}, {"wss", "443"}, {"ftp", "21"}, {"ssh", "22"}};
    char copy[256], *first = NULL, *second = NULL;
    const char *start = strstr(text, "://");
    if (!start || start == text)
        return false;
    snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(start + 3, "/?#"), start + 3);
    char *user = strrchr(copy, '@'), *end = user ? user + 1 : copy;
    size_t length = (size_t)(start - text);
    strlcpy(port, "PORT", port_size);
    for (size_t i = 0; i < array_size(known); i++)
        if (strlen(known[i].scheme) == length && strncasecmp(text, known[i].scheme, length) == 0)
            strlcpy(port, known[i].port, port_size);
    if (address_split(end, &first, &second))
        strlcpy(port, second, port_size);
    strlcpy(host, first ? first : end, host_size);
    return true;
}

static bool is_port_number(const char *word)
{
    long long number;
    const char *why;
    return number_parse(word, 0, PORT_MOST, &number, &why);
}

bool operand_is_port(const char *word)
{
    return is_port_number(word) || getservbyname(word, NULL);
}

/* Whether the host and the port stand in each other's place; lists of ports, as -z takes them, are not hosts.
 * The names of services are looked at only if the port is not a number: each run comes by here. */
static bool are_swapped(int argc, char **argv)
{
    struct address address;
    if (argc < 2 || is_port_number(argv[1]))
        return false;
    const char *second = argv[1];
    bool is_host = *second == '[' || address_parse(&address, second, 0);
    bool is_name = isalpha((unsigned char)*second) && !strpbrk(second, ",:");
    return (is_host || is_name) && operand_is_port(argv[0]) && (is_host || !getservbyname(second, NULL));
}

int operands_check(int argc, char **argv)
{
    char host[256], port[32];
    if (argc > 0 && url_split(argv[0], host, sizeof(host), port, sizeof(port))) {
        bool has_port = argc > 1 && operand_is_port(argv[1]);
        return corrected_error(
            &(struct correction){argv[0], {host, has_port ? NULL : port}}, 1, "'%s' is a URL", argv[0]);
    }
    if (are_swapped(argc, argv))
        return corrected_error(
            (const struct correction[]){{argv[0], {argv[1], NULL}}, {argv[1], {argv[0], NULL}}}, 2,
            "the host comes before the port");
    return EXIT_DONE;
}

/* An address, in a form that is not just a number. */
static bool is_address(const char *word)
{
    struct address address;
    return strpbrk(word, ".:") && address_parse(&address, word, 0);
}

int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service)
{
    char *first = NULL, *second = NULL;
    int status = operands_check(argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (argc == 2) {
        *host = argv[0];
        *service = argv[1];
        brackets_strip(host, argv[0]);
    } else if (argc == 1 && address_split(argv[0], &first, &second)) {
        *host = first;
        *service = second;
    } else if (argc == 1 && port_alone && !is_address(argv[0])) {
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
