/* SPDX-License-Identifier: ISC */
/* connect -z: its options, and how it runs. */
#ifndef CMD_PROBE_PROBE_H
#define CMD_PROBE_PROBE_H

#include "base/option.h"
#include "base/ports.h"
#include "net/socket/spec.h"
#include "net/watch/context.h"

enum probe_until { PROBE_UNTIL_NONE, PROBE_UNTIL_OPEN, PROBE_UNTIL_CLOSED };

struct probe_options {
    bool on; /* -z */
    bool all;
    int parallel;
    char *data; /* decoded in place; NULL: not given */
    size_t length;
    int64_t every; /* nanoseconds from probe to probe; -1: probe once */
    int count;     /* of probes; 0: no limit */
    int until;     /* enum probe_until */
    /* The plan: lists of ports. */
    char *first;
    char **words; /* borrowed from argv, or first alone */
    int words_count;
};

#define PROBE_DEFAULTS                                                                                       \
    {                                                                                                        \
        .every = -1                                                                                          \
    }

extern const struct option_row probe_rows[];

/* Finds what is wrong in the arguments: "HOST PORTS..." or "HOST:PORTS". EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int probe_options_plan(struct probe_options *options, struct spec *spec, int argc, char **argv);

/* Reads the lists of ports, each operand behind the host. service() finds the port of a name; NULL: names are
 * left out. False with error, as ports_parse(). */
bool probe_options_ports(const struct probe_options *options, struct ports *ports,
    int (*service)(void *context, const char *name), void *context, char *error, size_t size);

/* Probes, and returns the exit status. reset: close open connections with RST. */
int probe_options_run(
    const struct context *context, const struct probe_options *options, const struct spec *spec, bool reset);

#endif
