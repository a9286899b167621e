/* The operands that name an end of a connection. */
#ifndef CMD_OPTIONS_OPERANDS_H
#define CMD_OPTIONS_OPERANDS_H

#include <stdbool.h>

#include "base/option.h"
#include "net/socket/spec.h"

/* "HOST PORT", "HOST:PORT" to host and service, borrowed from argv (which is written to). port_alone: one
 * word that is no pair is the service, and port 0 may be asked for. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int operands_split(int argc, char **argv, bool port_alone, const char **host, const char **service);

/* The same without a look at the port, for who takes more than one there. */
int operands_take(int argc, char **argv, bool port_alone, const char **host, const char **service);

/* The PATH of -U, into spec->path. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int operand_path(int argc, char **argv, struct spec *spec);

/* Completion: names of /etc/hosts, of /etc/services, and of what an operand of connect or listen can be. */
void host_complete(const struct completion *completion);
void service_complete(const struct completion *completion);
void host_port_complete(const struct spec *spec, int position, const struct completion *completion);

#endif
