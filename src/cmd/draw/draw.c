/* SPDX-License-Identifier: ISC */
/* sockctl draw: draws the conversation in JSON reports as a ladder. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/draw/drawing.h"
#include "cmd/options/nc-letters.h"
#include "cmd/page.h"
#include "draw/draw.h"
#include "draw/read.h"

struct draw_options {
    struct report_options report;
    int level, conn, width;
    bool ascii;
    int64_t from, to;
    const char *svg;
    int count;
    char **files;
};

static const struct name_table level_names = {"",
    (const struct name[]){{DRAW_STATES, "states"}, {DRAW_CALLS, "calls"}, {DRAW_DATA, "data"}, {0, NULL}}};

#define FIELD(member) .offset = offsetof(struct draw_options, member)
static const struct option_row draw_rows[] = {
    {0, "level", "LEVEL", "how much is drawn: states, calls (the default) or data", .type = OPTION_CHOICE,
        FIELD(level), .names = &level_names},
    {0, "conn", "N", "draw only connection N of the reports", .type = OPTION_INT, FIELD(conn), .minimum = 1,
        .maximum = INT32_MAX},
    {0, "from", "T", "leave out what happened before T, counted from the start of each report",
        .type = OPTION_DURATION, FIELD(from)},
    {0, "to", "T", "leave out what happened after T", .type = OPTION_DURATION, FIELD(to)},
    {0, "width", "N", "columns of the drawing; default: those of the terminal, else 80", .type = OPTION_INT,
        FIELD(width), .minimum = DRAW_WIDTH_LEAST, .maximum = DRAW_WIDTH_MOST},
    {0, "svg", "FILE", "write an SVG picture to FILE (-: stdout) instead of text", .type = OPTION_TEXT,
        FIELD(svg), .complete = complete_path},
    {0, "ascii", NULL, "draw with ASCII characters alone", .type = OPTION_TRUE, FIELD(ascii)},
    {.type = OPTION_END},
};

/* The rights alone: a drawing is not a report. */
static const struct option_row general_rows[] = {
    {0, "no-sandbox", NULL, "keep all privileges: no seccomp filter, no dropped capabilities",
        .type = OPTION_TRUE, FIELD(report.no_sandbox)},
    {'h', "help", NULL, "show this help", .type = OPTION_HELP},
    {0, "version", NULL, "show the version", .type = OPTION_VERSION},
    {.type = OPTION_END},
};
static const struct option_set draw_sets[] = {
    {"Drawing", draw_rows, 0},
    {"General", general_rows, 0},
    {"Left out of nc", nc_refused_rows, 0},
    {.title = NULL},
};

static int draw_plan(void *data, int argc, char **argv)
{
    static char *standard_input[] = {"-"};
    struct draw_options *options = data;
    if (argc == 0 && isatty(STDIN_FILENO))
        return usage_error("no FILE given, and stdin is a terminal; '-' reads it all the same");
    options->count = argc ? argc : 1;
    options->files = argc ? argv : standard_input;
    if (options->from > options->to)
        return usage_error("--from is after --to");
    if (options->svg && (options->width || options->ascii))
        return usage_error(
            "--%s is for text: --svg draws without columns", options->ascii ? "ascii" : "width");
    return EXIT_DONE;
}

static int file_read(struct draw_model *model, const char *file)
{
    char error[1024];
    bool is_stdin = strcmp(file, "-") == 0;
    cleanup_fd int opened = is_stdin ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (!is_stdin && opened < 0) {
        message_print("%s: %s: %s", getprogname(), file, strerror(errno));
        return EXIT_OTHER;
    }
    int fd = is_stdin ? STDIN_FILENO : opened;
    if (draw_read(model, fd, is_stdin ? "stdin" : file, error, sizeof(error)) == 0)
        return EXIT_DONE;
    message_print("%s: %s", getprogname(), error);
    return EXIT_OTHER;
}

static size_t width_of(const struct draw_options *options)
{
    return options->width ? (size_t)options->width : drawing_width(STDOUT_FILENO);
}

static int svg_draw(const struct draw_options *options, struct draw_model *model)
{
    if (strcmp(options->svg, "-") == 0)
        return drawing_svg_write(model, STDOUT_FILENO, "stdout");
    cleanup_fd int fd = open(options->svg, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd >= 0)
        return drawing_svg_write(model, fd, options->svg);
    message_print("%s: %s: %s", getprogname(), options->svg, strerror(errno));
    return EXIT_OTHER;
}

/* Whether there is anything to draw; a message says if there is not. */
static bool model_shows(const struct draw_options *options, const struct draw_model *model)
{
    if (options->conn && !draw_model_has(model, (unsigned)options->conn))
        message_print("%s: no report has a connection %d", getprogname(), options->conn);
    else if (model->count == 0 && (options->from || options->to < INT64_MAX))
        message_print("%s: nothing of a conversation is between --from and --to", getprogname());
    else if (model->count == 0)
        message_print("%s: the reports show no conversation", getprogname());
    else
        return true;
    return false;
}

static int model_draw(const struct draw_options *options, struct draw_model *model)
{
    const struct draw_style style = {.width = width_of(options), .ascii = options->ascii};
    if (options->svg)
        return svg_draw(options, model);
    if (draw_text_write(model, &style, page()) < 0)
        return memory_finish();
    return page_finish();
}

static int draw_run(void *data, struct sink *sink)
{
    (void)sink;
    const struct draw_options *options = data;
    struct draw_model model = {.level = (enum draw_level)options->level,
        .only = (unsigned)options->conn,
        .from = options->from,
        .to = options->to};
    int status = EXIT_DONE;
    for (int i = 0; i < options->count && status == EXIT_DONE; i++)
        status = file_read(&model, options->files[i]);
    if (status == EXIT_DONE)
        status = model_shows(options, &model) ? model_draw(options, &model) : EXIT_OTHER;
    draw_model_free(&model);
    return status;
}

static void draw_complete(const void *data, int position, const struct completion *completion)
{
    (void)data;
    (void)position;
    complete_path(completion);
}

static bool has_svg(const void *options)
{
    return ((const struct draw_options *)options)->svg != NULL;
}

static const struct permit draw_permits[] = {
    {has_svg, SANDBOX_WRITE, CAPABILITIES_OF_FILES, "--svg: written when all reports are read"},
    {.why = NULL},
};

static const struct permit_set draw_permit_sets[] = {
    {draw_permits, 0},
    {.rows = NULL},
};

const struct command command_draw = {
    .name = "draw",
    .summary = "Draw a conversation from the JSON reports of its ends.",
    .operands = "[FILE...]",
    .examples =
        (const char *const[]){
            "sockctl connect -jv 127.0.0.1 80 2>report; sockctl draw report",
            "sockctl draw server.json client.json",
            NULL,
        },
    .minimum = 0,
    .maximum = DRAW_ENDS,
    .options_size = sizeof(struct draw_options),
    .defaults = &(const struct draw_options){.level = DRAW_CALLS, .to = INT64_MAX},
    .sets = draw_sets,
    .permits = draw_permit_sets,
    .report_fd = STDOUT_FILENO,
    .plan = draw_plan,
    .run = draw_run,
    .complete = draw_complete,
};
