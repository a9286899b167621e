/* SPDX-License-Identifier: ISC */
/* The operands that name an end of a connection. */
#ifndef CMD_OPTIONS_OPERANDS_H
#define CMD_OPTIONS_OPERANDS_H

#include <stdbool.h>

#include "base/option.h"
#include "net/socket/spec.h"

/* Splits "HOST PORT" or "HOST:PORT" into host and service, borrowed from argv (which is modified).
 * port_alone: a single word is the service, and port 0 is allowed. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int operands_split(int argc, char **argv, bool port_alone, const char **host, const char **service);

/* The host and the port of a URL, "PORT" where it is unknown; false if the text is not one. */
bool url_split(const char *text, char *host, size_t host_size, char *port, size_t port_size);

/* Whether it is a number from 0 to 65535 or the name of a service. */
bool operand_is_port(const char *word);

/* Refuses a URL in place of a host, and a port before a host, with the command that was meant. EXIT_DONE, or
 * EXIT_USAGE after usage_error(). */
int operands_check(int argc, char **argv);

/* As operands_split() without checking the port, for commands that accept a list. */
int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service);

/* Puts the PATH of -U into spec->path. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int operand_path(int argc, char **argv, struct spec *spec);

/* Completion: names of /etc/hosts, of /etc/services, and the possible operands of connect or listen. */
void host_complete(const struct completion *completion);
void service_complete(const struct completion *completion);
void host_port_complete(const struct spec *spec, int position, const struct completion *completion);

#endif
