/* SPDX-License-Identifier: ISC */
/* Runs one command: options, plan, sandbox, the command itself, exit status. */
#include "cmd/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/help.h"
#include "cmd/page.h"
#include "cmd/draw/picture.h"
#include "cmd/version.h"
#include "cmd/netns.h"
#include "report/writer.h"

/* A command's default options; NULL if memory runs out. */
void *command_options(const struct command *command)
{
    void *options = calloc(1, command->options_size);
    if (options && command->defaults)
        memcpy(options, command->defaults, command->options_size);
    return options;
}

static enum level report_level(const struct report_options *report)
{
    if (report->quiet)
        return LEVEL_ERRORS;
    return report->verbose > 1 ? LEVEL_DATA : report->verbose == 1 ? LEVEL_CALLS : LEVEL_LIFE;
}

static void start_emit(struct sink *sink, int argc, char **argv)
{
    char wall[WALL_TEXT_MAX];
    /* gmtime reads the time zone. */
    if (!sink_wants(sink, EVENT_START))
        return;
    emit(sink, EVENT_START, F_TEXT("wall", wall_text(wall, sizeof(wall))), F_TIME("clock", sink->start),
        F_INT("pid", getpid()), F_TEXT("version", PACKAGE_VERSION), F_INT("format", REPORT_FORMAT),
        F_WORDS("arguments", argv, argc));
}

/* Before the options are read, as these may name interfaces of that namespace. */
static int netns_begin(const struct command *command, int argc, char **argv, char *error, size_t size)
{
    const char *name = option_peek(command->sets, "netns", argc, argv);
    if (!name || (command->takes_all_netns && strcmp(name, NETNS_ALL) == 0))
        return EXIT_DONE;
    return netns_join(name, error, size);
}

static int netns_finish(int status, const char *error)
{
    return status == EXIT_USAGE ? usage_error("--netns: %s", error) : missing_error("--netns: %s", error);
}

int command_run(const struct command *command, int argc, char **argv, int all, char **words)
{
    char error[1024], program[64], elsewhere[512];
    cleanup_free void *options = command_options(command);
    if (!options)
        return memory_finish();
    snprintf(program, sizeof(program), "sockctl %s", command->name);
    setprogname(program);
    int status = netns_begin(command, argc, argv, elsewhere, sizeof(elsewhere));
    switch (options_parse(command->sets, options, &argc, argv, error, sizeof(error))) {
    case OPTIONS_HELP: command_help(command, help_width(STDOUT_FILENO), page()); return page_finish();
    case OPTIONS_VERSION:
        version_write(
            page(), help_width(STDOUT_FILENO), ((const struct report_options *)options)->verbose > 0);
        return page_finish();
    case OPTIONS_LISTED:
        options_value_help(command->sets, help_width(STDOUT_FILENO), page());
        return page_finish();
    case OPTIONS_WRONG:
        return status == EXIT_DONE ? usage_error("%s", error) : netns_finish(status, elsewhere);
    case OPTIONS_DONE: break;
    }
    if (status != EXIT_DONE)
        return netns_finish(status, elsewhere);
    if (argc - 1 < command->minimum)
        return usage_error("too few operands; usage: %s %s", program, command->operands);
    if (argc - 1 > command->maximum)
        return usage_error("too many operands: '%s'", argv[command->maximum + 1]);
    status = command->plan ? command->plan(options, argc - 1, argv + 1) : EXIT_DONE;
    if (status != EXIT_DONE)
        return status;
    const struct report_options *report = options;
    struct sink sink;
    sink_open(&sink, command->report_fd, report->json, report_level(report), report->color);
    struct sigaction pipe_action;
    bool pipe_ignored = sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler == SIG_IGN;
    struct picture picture;
    if ((status = picture_begin(&picture, report, &sink)) != EXIT_DONE)
        return status;
    start_emit(&sink, all, words);
    if (!report->no_sandbox)
        sandbox_begin(&sink, command->permits, options);
    status = command->run(options, &sink);
    status = picture_end(&picture, &sink, status);
    free(sink.connections);
    if (sink.error == EPIPE && !pipe_ignored)
        return EXIT_SIGNAL + SIGPIPE; /* as cat does */
    if (sink.error) {
        message_print("%s: %s: %s", program, sink.lost, strerror(sink.error));
        /* Without its reader it was stopped, whatever its result would have been. */
        if (status == EXIT_DONE || sink.error == EPIPE)
            status = EXIT_OTHER;
    }
    return status;
}
