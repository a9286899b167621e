/* SPDX-License-Identifier: ISC */
/* The ports that nc's operands name, in their order. */
#ifndef CMD_NC_PORTS_H
#define CMD_NC_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/nc/nc.h"

struct nc_ports {
    uint16_t *items;
    size_t count;
};

/* Numbers, ranges in either order, and names of services, which it looks up; -r shuffles them. The caller
 * frees items. EXIT_DONE, or EXIT_OTHER after a message. */
int nc_ports_make(const struct nc_options *options, struct sink *sink, struct nc_ports *ports);

#endif
