/* SPDX-License-Identifier: ISC */
/* What is said about a first word that is not a command; see unknown.h. */
#include "cmd/unknown.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/meant.h"
#include "cmd/options/operands.h"
#include "cmd/page.h"
#include "cmd/run.h"

static const char *command_next(void *state)
{
    const struct command *const **at = state;
    return **at ? (*(*at)++)->name : NULL;
}

/* "-l", "-lvp", "-vl": an nc letter among others, in one word. */
static bool has_letter(const char *word, char letter)
{
    return word[0] == '-' && word[1] != '-' && strchr(word + 1, letter);
}

/* "sockctl connect host 80": a command before the words, without an "-l" that says no more than it does. */
static char *line_of(const struct command *command, int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    fprintf(out, "sockctl %s", command->name);
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "-l") != 0)
            word_write(out, argv[i]);
    return fclose(out) == 0 ? line : NULL;
}

/* What connect takes as ports; lists: as with -z. */
static bool are_ports(const char *word, bool lists)
{
    return operand_is_port(word) || (lists && isdigit((unsigned char)*word));
}

static bool any_has_letter(int argc, char **argv, char letter)
{
    for (int i = 0; i < argc; i++)
        if (has_letter(argv[i], letter))
            return true;
    return false;
}

/* Whether a command takes words[1...]: not if an option is wrong (*error), or if the operands are (no
 * *error). The words are changed. */
static bool command_takes(const struct command *command, int argc, char **words, char *error, size_t size)
{
    char *host, *port;
    bool lists = any_has_letter(argc, words, 'z'), is_path = any_has_letter(argc, words, 'U');
    cleanup_free void *options = command_options(command);
    *error = '\0';
    if (!options || options_parse(command->sets, options, &argc, words, error, size) == OPTIONS_WRONG)
        return false;
    if (argc - 1 < command->minimum || argc - 1 > command->maximum)
        return false;
    return command != &command_connect || is_path ||
           (argc == 2 ? address_split(words[1], &host, &port) : are_ports(words[2], lists));
}

/* argv[1...] as they would follow a command. */
static int command_left_out(int argc, char **argv)
{
    char error[1024];
    bool listens = any_has_letter(argc, argv, 'l');
    const struct command *command = listens ? &command_listen : &command_connect;
    cleanup_free char *line = line_of(command, argc - 1, argv + 1);
    cleanup_free char **words = words_copy(argc, argv);
    if (!line || !words)
        return memory_finish();
    if (command_takes(command, argc, words, error, sizeof(error)))
        return usage_error("no command given; did you mean: %s", line);
    if (*error)
        return usage_error("no command given, and %s does not take this: %s", command->name, error);
    return argv[1][0] == '-' ? usage_error("no command given") : usage_error("unknown command '%s'", argv[1]);
}

int command_unknown(int argc, char **argv)
{
    static const char *const alike[] = {"nc", "ncat", "netcat", "telnet"};
    const struct command *const *at = commands;
    const char *name = argv[1], *near = nearest_word(name, command_next, &at);
    char host[256], port[32];
    for (size_t i = 0; i < array_size(alike); i++)
        if (strcmp(name, alike[i]) == 0)
            return argc > 2 ? command_left_out(argc - 1, argv + 1)
                            : usage_error("unknown command '%s'; did you mean connect or listen?", name);
    if (url_split(name, host, sizeof(host), port, sizeof(port)))
        return usage_error("no command given; did you mean: sockctl connect %s %s", host, port);
    if (near)
        return usage_error("unknown command '%s'; did you mean %s?", name, near);
    return command_left_out(argc, argv);
}
