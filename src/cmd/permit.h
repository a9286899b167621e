/* SPDX-License-Identifier: ISC */
/* What a command may still do once its arguments are parsed; base/sandbox.h says what it may not. */
#ifndef CMD_PERMIT_H
#define CMD_PERMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sandbox.h"
#include "report/event.h"

struct spec;

/* One permission and its reason. */
struct permit {
    bool (*needed)(const void *options); /* whether this part of the options needs it; NULL: always */
    unsigned groups;                     /* enum sandbox_group */
    uint64_t capabilities;               /* SANDBOX_CAP() */
    const char *why;                     /* NULL ends the list */
};

/* The rows for a part of a command's options, as in struct option_set. rows NULL ends the sets. */
struct permit_set {
    const struct permit *rows;
    size_t base; /* offset of that part */
};

extern const struct permit report_permits[]; /* of struct report_options */
extern const struct permit socket_permits[]; /* of struct spec */

/* For ports below net.ipv4.ip_unprivileged_port_start. */
#define CAPABILITIES_OF_BINDING SANDBOX_CAP(CAP_NET_BIND_SERVICE)
/* Those that give root access to the files of others. */
#define CAPABILITIES_OF_FILES   (SANDBOX_CAP(CAP_DAC_OVERRIDE) | SANDBOX_CAP(CAP_FOWNER))

/* Enters the sandbox with the permissions of the rows; a failure is a warning at LEVEL_CALLS. */
void sandbox_begin(struct sink *sink, const struct permit_set *sets, const void *options);

/* Gives up groups of system calls that the rows permitted; the same warning. */
void sandbox_give_up(struct sink *sink, unsigned groups);

/* Call it once sockets are bound and the files of the options are written: drops the permissions for both. */
void sandbox_settle(const struct spec *spec);

#endif
