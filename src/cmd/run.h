/* SPDX-License-Identifier: ISC */
/* Runs one command: options, plan, sandbox, the command itself, exit status. */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include "cmd/command.h"

/* Parses argv[1...] by the command's options and runs it; words are all arguments as given, for the start
 * event. Returns the exit status. */
int command_run(const struct command *command, int argc, char **argv, int all, char **words);

/* A command's default options; the caller frees them. NULL if memory runs out. */
void *command_options(const struct command *command);

#endif
