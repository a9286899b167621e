/* The options that say what socket is opened and how: shared by the commands that open one. */
#ifndef CMD_OPTIONS_SOCKET_OPTIONS_H
#define CMD_OPTIONS_SOCKET_OPTIONS_H

#include "base/option.h"
#include "net/socket/spec.h"

/* Offsets are into a struct spec. */
extern const struct option_row socket_rows[];
/* Of a socket that connects: the local end, and how long it is tried. */
extern const struct option_row dial_rows[];

/* What the rows alone cannot check, and what follows. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int socket_options_plan(struct spec *spec);

#endif
