/* argv -> command -> exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"

/* A socket must never become descriptor 0, 1 or 2, where a printf or a read would reach it. A missing stdin
 * is empty; what is written to a missing stdout fails as on a closed one, for it is opened for reading. */
static void standard_descriptors_open(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(EXIT_OTHER);
}

static const char *command_next(void *state)
{
    const struct command *const **at = state;
    return **at ? (*(*at)++)->name : NULL;
}

static const struct command *command_find(const char *name)
{
    for (const struct command *const *at = commands; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

static int command_unknown(const char *name)
{
    const struct command *const *at = commands;
    const char *near = nearest_word(name, command_next, &at);
    return usage_error(
        "unknown command '%s'%s%s%s", name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static void commands_help(FILE *out)
{
    fprintf(out,
        "Usage: sockctl COMMAND [OPTION…] [OPERAND…]\n\n"
        "Makes the Linux socket API visible: does what the command says and shows what the kernel said.\n\n");
    for (const struct command *const *at = commands; *at; at++)
        fprintf(out, "  %-10s %s\n", (*at)->name, (*at)->summary);
    fprintf(out, "\n'sockctl help COMMAND' shows the options of one; the manual is sockctl(1).\n");
}

static void command_help(const struct command *command, FILE *out)
{
    fprintf(
        out, "Usage: sockctl %s [OPTION…] %s\n\n%s\n", command->name, command->operands, command->summary);
    options_help(command->sets, out);
}

/* Help and version are results: lost ones fail. */
static int stdout_finish(void)
{
    if (fflush(stdout) == 0)
        return EXIT_DONE;
    fprintf(stderr, "%s: stdout: %s\n", getprogname(), strerror(errno));
    return EXIT_OTHER;
}

static int version_print(void)
{
    puts("sockctl " PACKAGE_VERSION);
    return stdout_finish();
}

static int help_print(const char *name)
{
    const struct command *command = name ? command_find(name) : NULL;
    if (name && !command)
        return command_unknown(name);
    if (command)
        command_help(command, stdout);
    else
        commands_help(stdout);
    return stdout_finish();
}

/* A command's options as they are before any is given; NULL when there is no memory. */
static void *options_new(const struct command *command)
{
    void *options = calloc(1, command->options_size);
    if (options && command->defaults)
        memcpy(options, command->defaults, command->options_size);
    return options;
}

/* Options in front of an operand are read as they would be, so that its completion can depend on them. */
static int operand_complete(const struct command *command, int argc, char **words)
{
    char error[1024];
    const struct completion completion = {words[argc - 1], stdout, NULL};
    cleanup_free void *options = options_new(command);
    if (!options)
        return EXIT_OTHER;
    words[--argc] = NULL;
    if (options_parse(command->sets, options, &argc, words, error, sizeof(error)) == OPTIONS_DONE)
        command->complete(options, argc - 1, &completion);
    return stdout_finish();
}

/* "sockctl __complete WORD…": the words so far, the last being completed; what the shell functions ask. */
static int complete_print(int argc, char **words)
{
    const char *last = argc > 0 ? words[argc - 1] : "";
    const struct completion completion = {last, stdout, NULL};
    if (argc <= 1 || (argc == 2 && strcmp(words[0], "help") == 0)) {
        for (const struct command *const *at = commands; *at; at++)
            complete_told(&completion, (*at)->name, (*at)->summary);
        if (argc <= 1) {
            complete_word(&completion, "help");
            complete_word(&completion, "--help");
            complete_word(&completion, "--version");
        }
        return stdout_finish();
    }
    const struct command *command = command_find(words[0]);
    if (command && !options_complete(command->sets, argc - 1, words + 1, stdout) && command->complete)
        return operand_complete(command, argc, words);
    return stdout_finish();
}

/* "sockctl __options [COMMAND]": the bare tables, for the tests of manual and completion. */
static int options_print(const char *name)
{
    for (const struct command *const *at = commands; *at; at++) {
        if (!name)
            puts((*at)->name);
        else if (strcmp(name, (*at)->name) == 0)
            options_list((*at)->sets, stdout);
    }
    return stdout_finish();
}

static enum level report_level(const struct report_options *report)
{
    if (report->quiet)
        return LEVEL_ERRORS;
    return report->verbose > 1 ? LEVEL_DATA : report->verbose == 1 ? LEVEL_CALLS : LEVEL_LIFE;
}

static void start_emit(struct sink *sink, int argc, char **argv)
{
    char wall[40];
    struct timespec now;
    struct tm utc;
    /* gmtime reads the time zone. */
    if (!sink_wants(sink, EVENT_START))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    size_t used = strftime(wall, sizeof(wall), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(wall + used, sizeof(wall) - used, ".%06ldZ", now.tv_nsec / 1000);
    emit(sink, EVENT_START, F_TEXT("wall", wall), F_TEXT("version", PACKAGE_VERSION),
        F_WORDS("arguments", argv, argc));
}

static int command_run(const struct command *command, int argc, char **argv, int all, char **words)
{
    char error[1024], program[64];
    cleanup_free void *options = options_new(command);
    if (!options)
        return EXIT_OTHER;
    snprintf(program, sizeof(program), "sockctl %s", command->name);
    setprogname(program);
    switch (options_parse(command->sets, options, &argc, argv, error, sizeof(error))) {
    case OPTIONS_HELP: return help_print(command->name);
    case OPTIONS_VERSION: return version_print();
    case OPTIONS_LISTED: options_value_help(command->sets, stdout); return stdout_finish();
    case OPTIONS_WRONG: return usage_error("%s", error);
    case OPTIONS_DONE: break;
    }
    if (argc - 1 < command->minimum)
        return usage_error("too few operands; usage: %s %s", program, command->operands);
    if (argc - 1 > command->maximum)
        return usage_error("too many operands: '%s'", argv[command->maximum + 1]);
    int status = command->plan ? command->plan(options, argc - 1, argv + 1) : EXIT_DONE;
    if (status != EXIT_DONE)
        return status;
    const struct report_options *report = options;
    struct sink sink;
    sink_open(&sink, command->report_fd, report->json, report_level(report),
        getenv("NO_COLOR") && *getenv("NO_COLOR"));
    struct sigaction pipe_action;
    bool pipe_ignored = sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler == SIG_IGN;
    start_emit(&sink, all, words);
    status = command->run(options, &sink);
    if (sink.error == EPIPE && !pipe_ignored)
        return EXIT_SIGNAL + SIGPIPE; /* as cat does */
    if (sink.error) {
        fprintf(stderr, "%s: stdout: %s\n", program, strerror(sink.error));
        /* With its reader gone it was stopped, however it was to end. */
        if (status == EXIT_DONE || sink.error == EPIPE)
            status = EXIT_OTHER;
    }
    return status;
}

/* After the summary the signal is raised again, so that the shell sees what ended us. */
static int status_deliver(int status)
{
    if (status > EXIT_SIGNAL) {
        sigset_t set;
        fflush(stderr);
        int number = status - EXIT_SIGNAL;
        sigemptyset(&set);
        sigaddset(&set, number);
        signal(number, SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(number);
    }
    return status;
}

/* In one piece, which the caller frees. */
static char **words_copy(int argc, char **argv)
{
    size_t pointers = sizeof(*argv) * (size_t)argc, size = pointers;
    for (int i = 0; i < argc; i++)
        size += strlen(argv[i]) + 1;
    char **words = malloc(size);
    char *at = words ? (char *)words + pointers : NULL;
    for (int i = 0; words && i < argc; i++) {
        words[i] = at;
        at = stpcpy(at, argv[i]) + 1;
    }
    return words;
}

int main(int argc, char **argv)
{
    standard_descriptors_open();
    setprogname("sockctl");
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        commands_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0)
        return version_print();
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help_print(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "__complete") == 0)
        return complete_print(argc - 2, argv + 2);
    if (strcmp(name, "__options") == 0)
        return options_print(argc > 2 ? argv[2] : NULL);
    const struct command *command = command_find(name);
    if (!command)
        return command_unknown(name);
    /* Parser and commands move words about and cut them: the start event tells them as they were given. */
    cleanup_free char **words = words_copy(argc, argv);
    if (!words)
        return EXIT_OTHER;
    return status_deliver(command_run(command, argc - 1, argv + 1, argc, words));
}
