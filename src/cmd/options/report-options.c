/* SPDX-License-Identifier: ISC */
/* The options that every command has, and how wrong options are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/terminal.h"
#include "cmd/command.h"
#include "report/fold.h"
#include "report/writer.h"

static const struct name_table names_color = {"",
    (const struct name[]){{COLOR_AUTO, "auto"}, {COLOR_ALWAYS, "always"}, {COLOR_NEVER, "never"}, {0, NULL}}};

const struct option_row report_rows[] = {
    {'v', "verbose", NULL,
        "show every control call (socket, bind, connect, ...); twice: also every data call",
        .type = OPTION_COUNT, .offset = offsetof(struct report_options, verbose)},
    {'Q', "quiet", NULL, "report errors only", .type = OPTION_TRUE,
        .offset = offsetof(struct report_options, quiet)},
    {'j', "json", NULL, "report as JSON, one object a line", .type = OPTION_TRUE,
        .offset = offsetof(struct report_options, json)},
    {0, "color", "WHEN", "colour the lines: auto (the default: on a terminal), always or never",
        .type = OPTION_CHOICE, .offset = offsetof(struct report_options, color), .names = &names_color},
    {0, "no-sandbox", NULL, "keep all privileges: no seccomp filter, no dropped capabilities",
        .type = OPTION_TRUE, .offset = offsetof(struct report_options, no_sandbox)},
    {'h', "help", NULL, "show this help", .type = OPTION_HELP},
    {0, "version", NULL, "show the version", .type = OPTION_VERSION},
    {.type = OPTION_END},
};

/* Narrower terminals break lines themselves. */
#define COLUMNS_LEAST 40

/* "PROGRAM: TEXT" or TEXT, with control characters as octal escapes: the words that a message quotes are not
 * trusted. The caller frees it; NULL if memory runs out. */
static char *message_text(const char *program, const char *text)
{
    char *plain = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&plain, &size);
    if (!out)
        return NULL;
    if (program)
        fprintf(out, "%s: ", program);
    for (; *text; text++)
        fprintf(out, (unsigned char)*text < ' ' || *text == '\177' ? "\\%03o" : "%c", (unsigned char)*text);
    return fclose(out) == 0 ? plain : NULL;
}

/* Prints "PROGRAM: TEXT" or TEXT, on a terminal wrapped to its width, then more lines. */
static void lines_print(const char *program, const char *text, const char *more)
{
    FILE *out = writer_stream(STDERR_FILENO);
    size_t columns = terminal_columns(STDERR_FILENO);
    cleanup_free char *plain = message_text(program, text ? text : "out of memory");
    if (!plain)
        fputs("out of memory", out);
    else if (columns < COLUMNS_LEAST)
        fputs(plain, out);
    else
        message_wrap(out, plain, columns);
    fprintf(out, "\n%s", more);
    writer_flush(out);
}

void message_print(const char *format, ...)
{
    va_list arguments;
    cleanup_free char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    lines_print(NULL, text, "");
}

static void __attribute__((format(printf, 2, 0)))
program_print(const char *more, const char *format, va_list arguments)
{
    cleanup_free char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    lines_print(getprogname(), text, more);
}

int usage_error(const char *format, ...)
{
    va_list arguments;
    char more[128];
    snprintf(more, sizeof(more), "Try '%s --help'.\n", getprogname());
    va_start(arguments, format);
    program_print(more, format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int missing_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    program_print("", format, arguments);
    va_end(arguments);
    return EXIT_MISSING;
}
