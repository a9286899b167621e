/* The operands that name an end of a connection. */
#include "cmd/options/operands.h"

#include <netdb.h>
#include <string.h>

#include "base/text.h"
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

int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service)
{
    char *first = NULL, *second = NULL;
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
