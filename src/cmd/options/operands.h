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

/* "127.0.0.1 8080" for "http://127.0.0.1:8080/", in buffer; NULL if the text is not a URL. */
const char *url_operands(const char *text, char *buffer, size_t size);

/* As above without checking the port, for commands that accept a list. */
int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service);

/* Puts the PATH of -U into spec->path. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int operand_path(int argc, char **argv, struct spec *spec);

/* Completion: names of /etc/hosts, of /etc/services, and the possible operands of connect or listen. */
void host_complete(const struct completion *completion);
void service_complete(const struct completion *completion);
void host_port_complete(const struct spec *spec, int position, const struct completion *completion);

#endif
