/* SPDX-License-Identifier: ISC */
/* argv -> command -> exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/meant.h"
#include "cmd/nc/nc.h"
#include "cmd/netns.h"
#include "cmd/page.h"
#include "cmd/run.h"
#include "cmd/schema.h"
#include "cmd/unknown.h"
#include "cmd/version.h"
#include "report/writer.h"

/* A socket must never become descriptor 0, 1 or 2, where printf or read would reach it. A missing stdin reads
 * as empty; a missing stdout is opened for reading, so that writes fail as on a closed one. */
static void standard_descriptors_open(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(EXIT_OTHER);
}

static const struct command *command_find(const char *name)
{
    for (const struct command *const *at = commands; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

static int help_print(const char *name)
{
    size_t width = help_width(STDOUT_FILENO);
    const struct command *command = name ? command_find(name) : NULL;
    for (const struct help_page *at = help_pages; name && at->name; at++)
        if (strcmp(at->name, name) == 0) {
            at->write(width, page());
            return page_finish();
        }
    if (name && !command)
        return command_unknown(2, (char *[]){"sockctl", (char *)name, NULL});
    if (command)
        command_help(command, width, page());
    else
        commands_help(width, page());
    return page_finish();
}

/* Reads the options before an operand, because its completion may depend on them. */
static int operand_complete(const struct command *command, int argc, char **words)
{
    char error[1024];
    const struct completion completion = {words[argc - 1], page(), NULL};
    cleanup_free void *options = command_options(command);
    if (!options)
        return EXIT_OTHER;
    words[--argc] = NULL;
    if (options_parse(command->sets, options, &argc, words, error, sizeof(error)) == OPTIONS_DONE)
        command->complete(options, argc - 1, &completion);
    return page_finish();
}

/* Ports and interfaces are offered of the namespace that the words before name, if it can be joined. */
static void netns_begin_completion(const struct command *command, int argc, char **words)
{
    char error[512];
    const char *name = option_peek(command->sets, "netns", argc, words);
    if (name)
        netns_join(name, error, sizeof(error));
}

/* "sockctl __complete WORD...": completes the last of the words; called by the shell functions. */
static int complete_print(int argc, char **words)
{
    const char *last = argc > 0 ? words[argc - 1] : "";
    const struct completion completion = {last, page(), NULL};
    if (argc <= 1 || (argc == 2 && strcmp(words[0], "help") == 0)) {
        for (const struct command *const *at = commands; *at; at++)
            complete_described(&completion, (*at)->name, (*at)->summary);
        if (argc <= 1) {
            complete_word(&completion, "help");
            complete_word(&completion, "--help");
            complete_word(&completion, "--version");
            complete_word(&completion, "--schema");
        }
        for (const struct help_page *at = help_pages; argc == 2 && at->name; at++)
            complete_described(&completion, at->name, at->summary);
        return page_finish();
    }
    const struct command *command = command_find(words[0]);
    if (command)
        netns_begin_completion(command, argc - 1, words);
    if (command && !options_complete(command->sets, argc - 1, words + 1, page()) && command->complete)
        return operand_complete(command, argc, words);
    return page_finish();
}

/* "sockctl __options [COMMAND]": prints the bare tables, for the tests of manual and completion. */
static int options_print(const char *name)
{
    for (const struct command *const *at = commands; *at; at++) {
        if (!name)
            fprintf(page(), "%s\n", (*at)->name);
        else if (strcmp(name, (*at)->name) == 0)
            options_list((*at)->sets, page());
    }
    return page_finish();
}

/* Raises the signal again after the summary, so that the shell sees what ended us. */
static int status_deliver(int status)
{
    if (status > EXIT_SIGNAL) {
        sigset_t set;
        int number = status - EXIT_SIGNAL;
        sigemptyset(&set);
        sigaddset(&set, number);
        signal(number, SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(number);
    }
    return status;
}

int main(int argc, char **argv)
{
    standard_descriptors_open();
    if (argc > 0 && nc_is_name(argv[0]))
        return status_deliver(nc_main(argc, argv));
    setprogname("sockctl");
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        commands_help(help_width(STDERR_FILENO), writer_stream(STDERR_FILENO));
        writer_flush(writer_stream(STDERR_FILENO));
        return EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        version_write(page(), help_width(STDOUT_FILENO),
            argc > 2 && (strcmp(argv[2], "-v") == 0 || strcmp(argv[2], "--verbose") == 0));
        return page_finish();
    }
    if (strcmp(name, "--schema") == 0)
        return schema_write(page()) < 0 ? memory_finish() : page_finish();
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help_print(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "__complete") == 0)
        return complete_print(argc - 2, argv + 2);
    if (strcmp(name, "__options") == 0)
        return options_print(argc > 2 ? argv[2] : NULL);
    const struct command *command = command_find(name);
    if (!command)
        return command_unknown(argc, argv);
    /* The parser and the commands move and cut the words; the start event shows them as given. */
    cleanup_free char **words = words_keep(argc, argv);
    if (!words)
        return memory_finish();
    return status_deliver(command_run(command, argc - 1, argv + 1, argc, words));
}
