/* SPDX-License-Identifier: ISC */
/* argv.c: the words of a command line, up to the plan: nothing is opened, sent or asked. */
#include "base/cleanup.h"
#include "cmd/command.h"
#include "fuzz.h"

#define WORDS 24

/* The words of text, split at newlines, each a copy of its own. Returns their count. */
static int words_split(char *text, char **words)
{
    int count = 0;
    char *word;
    while (count < WORDS && (word = strsep(&text, "\n")))
        must((words[count++] = strdup(word)));
    words[count] = NULL;
    return count;
}

/* As main() does it, but for the run. */
static void command_plan(const struct command *command, int argc, char **argv)
{
    char error[1024];
    cleanup_free void *options = calloc(1, command->options_size);
    must(options);
    if (command->defaults)
        memcpy(options, command->defaults, command->options_size);
    switch (options_parse(command->sets, options, &argc, argv, error, sizeof(error))) {
    case OPTIONS_WRONG: must(*error && strlen(error) < sizeof(error)); break;
    case OPTIONS_DONE:
        if (argc - 1 >= command->minimum && argc - 1 <= command->maximum && command->plan)
            command->plan(options, argc - 1, argv + 1);
        break;
    case OPTIONS_LISTED:
    case OPTIONS_HELP:
    case OPTIONS_VERSION: break;
    }
}

static void completion_ask(const struct command *command, int argc, char **words)
{
    static FILE *out;
    const struct completion completion = {words[argc - 1], out ? out : (out = fopen("/dev/null", "w")), NULL};
    must(out);
    if (!options_complete(command->sets, argc, words, out) && command->complete && command->defaults)
        command->complete(command->defaults, argc - 1, &completion);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[WORDS + 1], *given[WORDS + 1];
    cleanup_free char *text = input_string(data, size);
    int count = words_split(text, words);
    const struct command *const *at = commands;
    /* The parser moves the words about: what is freed is not what it was given. */
    memcpy(given, words, sizeof(given));
    while (*at && strcmp((*at)->name, words[0]) != 0)
        at++;
    if (*at && count > 1)
        completion_ask(*at, count - 1, given + 1);
    if (*at)
        command_plan(*at, count, given);
    for (int i = 0; i < count; i++)
        free(words[i]);
    return 0;
}
