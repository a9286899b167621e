/* The options that every command has, and how it refuses wrong ones. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/command.h"

/* clang-format off */
const struct option_row report_rows[] = {
    {'v', "verbose", NULL, "show every control call (socket, bind, connect, ...); twice: every data call too", .type = OPTION_COUNT, .offset = offsetof(struct report_options, verbose)},
    {'Q', "quiet", NULL, "report errors only", .type = OPTION_TRUE, .offset = offsetof(struct report_options, quiet)},
    {'j', "json", NULL, "report as JSON, one object a line", .type = OPTION_TRUE, .offset = offsetof(struct report_options, json)},
    {0, "no-sandbox", NULL, "keep every right: no seccomp filter, all capabilities", .type = OPTION_TRUE, .offset = offsetof(struct report_options, no_sandbox)},
    {'h', "help", NULL, "show this help", .type = OPTION_HELP},
    {0, "version", NULL, "show the version", .type = OPTION_VERSION},
    {.type = OPTION_END},
};
/* clang-format on */

int usage_error(const char *format, ...)
{
    va_list arguments;
    cleanup_free char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    fprintf(stderr, "%s: ", getprogname());
    /* The words that it quotes may come from anywhere: they have no control over the terminal. */
    for (const char *at = text; at && *at; at++)
        fprintf(stderr, (unsigned char)*at < ' ' || *at == '\177' ? "\\%03o" : "%c", (unsigned char)*at);
    fprintf(stderr, "\nTry '%s --help'.\n", getprogname());
    return EXIT_USAGE;
}
