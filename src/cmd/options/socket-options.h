/* SPDX-License-Identifier: ISC */
/* The options that describe a socket and how it is opened, shared by the commands that open one. */
#ifndef CMD_OPTIONS_SOCKET_OPTIONS_H
#define CMD_OPTIONS_SOCKET_OPTIONS_H

#include "base/option.h"
#include "net/socket/spec.h"

/* Offsets are into a struct spec. */
extern const struct option_row socket_rows[];
/* For sockets that connect: the local end, and how long to retry. */
extern const struct option_row dial_rows[];

/* Checks what the rows alone cannot, and sets what follows from them. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int socket_options_plan(struct spec *spec);

#endif
