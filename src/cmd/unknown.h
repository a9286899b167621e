/* SPDX-License-Identifier: ISC */
/* A first word that is not a command. */
#ifndef CMD_UNKNOWN_H
#define CMD_UNKNOWN_H

/* usage_error() about argv[1], with the command that was meant where that is clear: what users of nc type, a
 * URL, a misspelt name. */
int command_unknown(int argc, char **argv);

#endif
