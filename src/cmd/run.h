/* Runs one command: options, plan, sandbox, the command itself, exit status. */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include <stdio.h>

#include "cmd/command.h"

/* Parses argv[1...] by the command's options and runs it; words are the arguments as they were given, all of
 * them, for the start event. Returns the exit status. */
int command_run(const struct command *command, int argc, char **argv, int all, char **words);

/* A command's options before any is given; the caller frees them. NULL if there is no memory. */
void *command_options(const struct command *command);

void command_help(const struct command *command, FILE *out);
int version_print(void);

/* Help, version and completions go to this stream, stdout. They are results: page_finish() writes them, and
 * returns EXIT_OTHER after a message if they could not be written. */
FILE *page(void);
int page_finish(void);

#endif
