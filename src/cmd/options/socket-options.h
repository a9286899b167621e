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

/* The parse functions of nc's letters -M, -m, -T, -I, -O and -b, which stand for settings; see struct
 * option_row. field: the struct settings. */
bool ttl_parse(const char *text, void *field, char *error, size_t size);
bool minimum_ttl_parse(const char *text, void *field, char *error, size_t size);
bool tos_parse(const char *text, void *field, char *error, size_t size);
bool receive_buffer_parse(const char *text, void *field, char *error, size_t size);
bool send_buffer_parse(const char *text, void *field, char *error, size_t size);
bool broadcast_parse(const char *text, void *field, char *error, size_t size);

/* Checks what the rows alone cannot, and sets what follows from them. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int socket_options_plan(struct spec *spec);

/* Why a time limit has no effect; NULL: it has one. */
struct timeout_reasons {
    const char *connect, *accept, *idle;
};

/* Refuses a time limit without an effect, if it was given by an option of its own and not by -w. EXIT_DONE,
 * or EXIT_USAGE after usage_error(). */
int timeouts_check(const struct spec *spec, const struct timeout_reasons *reasons);

#endif
