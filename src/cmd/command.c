/* The list of commands, and what all of them have. */
#include "cmd/command.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

const struct command *const commands[] = {

    &command_listen,
    NULL,
};

/* clang-format off */
const struct option_row report_rows[] = {
    {'v', "verbose", NULL, "show every control call (socket, bind, connect, ...); twice: every data call too", OPTION_COUNT, offsetof(struct report_options, verbose)},
    {'Q', "quiet", NULL, "report errors only", OPTION_TRUE, offsetof(struct report_options, quiet)},
    {'j', "json", NULL, "report as JSON, one object a line", OPTION_TRUE, offsetof(struct report_options, json)},
    {'h', "help", NULL, "show this help", OPTION_HELP},
    {0, "version", NULL, "show the version", OPTION_VERSION},
    {.type = OPTION_END},
};
/* clang-format on */

int usage_error(const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s: ", getprogname());
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry '%s --help'.\n", getprogname());
    return EXIT_USAGE;
}
