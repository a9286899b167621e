/* What each command may still do once its arguments are read: see base/sandbox.h for what it may not. */
#ifndef CMD_PERMIT_H
#define CMD_PERMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sandbox.h"
#include "report/event.h"

struct spec;

/* One permission and its reason. */
struct permit {
    bool (*needed)(const void
            *options);     /* whether the part of the options that the set is for asks for it; NULL: always */
    unsigned groups;       /* enum sandbox_group */
    uint64_t capabilities; /* SANDBOX_CAP() */
    const char *why;       /* NULL ends the rows */
};

/* Rows for a part of a command's options, as struct option_set has them. rows NULL ends the sets. */
struct permit_set {
    const struct permit *rows;
    size_t base; /* offset of the part */
};

extern const struct permit report_permits[]; /* of struct report_options */
extern const struct permit socket_permits[]; /* of struct spec */

/* For ports below net.ipv4.ip_unprivileged_port_start. */
#define CAPABILITIES_OF_BINDING SANDBOX_CAP(CAP_NET_BIND_SERVICE)
/* Those by which root reaches the files of others. */
#define CAPABILITIES_OF_FILES   (SANDBOX_CAP(CAP_DAC_OVERRIDE) | SANDBOX_CAP(CAP_FOWNER))

/* Enters the sandbox with what the rows permit; what fails is a warning at LEVEL_CALLS. */
void sandbox_begin(struct sink *sink, const struct permit_set *sets, const void *options);

/* The sockets have their addresses, and the files of the options are written: gives up what that took. */
void sandbox_settle(const struct spec *spec);

#endif
