/* SPDX-License-Identifier: ISC */
/* The options that select among the sockets of this host, shared by the reports about many of them. */
#ifndef CMD_OPTIONS_FILTER_OPTIONS_H
#define CMD_OPTIONS_FILTER_OPTIONS_H

#include "base/option.h"
#include "kernel/sockdiag/filter.h"

/* Offsets are into a struct socket_filter, which begins as SOCKET_FILTER_DEFAULTS. */
extern const struct option_row filter_rows[];

/* What completion offers: the ports, processes, programs, states, users and interfaces of this moment. Each
 * completes the last word of a list. */
void port_complete(const struct completion *completion);
void pid_complete(const struct completion *completion);
void program_complete(const struct completion *completion);
void state_complete(const struct completion *completion);
void user_complete(const struct completion *completion);
void interface_complete(const struct completion *completion);

/* Offers the unix sockets that listen and begin with what was typed, an absolute path or an abstract name.
 * Returns whether there are any. */
bool unix_listener_complete(const struct completion *completion);

/* The names that --state takes besides those of the states. */
struct state_group {
    const char *name;
    uint32_t states;
    const char *help;
};
extern const struct state_group state_groups[]; /* ends with a NULL name */

#endif
