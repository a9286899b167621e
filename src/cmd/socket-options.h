/* The options that say what socket is to be opened: rows for struct spec, shared by the commands that open one. */
#ifndef CMD_SOCKET_OPTIONS_H
#define CMD_SOCKET_OPTIONS_H

#include "base/option.h"
#include "net/spec.h"

/* The base of the set is the offset of a struct spec. */
extern const struct option_row socket_rows[];

/* Finds what does not go together. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int socket_options_plan(struct spec *spec);

#endif
