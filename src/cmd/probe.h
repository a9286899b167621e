/* SPDX-License-Identifier: ISC */
/* connect -z: its options, and how it runs. */
#ifndef CMD_PROBE_H
#define CMD_PROBE_H

#include "base/option.h"
#include "net/socket/spec.h"
#include "net/watch/context.h"

struct probe_options {
    bool on; /* -z */
    bool all;
    int parallel;
    char *data; /* decoded in place; NULL: not given */
    size_t length;
    /* The plan: lists of ports. */
    char *first;
    char **words; /* borrowed from argv, or first alone */
    int count;
};

extern const struct option_row probe_rows[];

/* Finds what is wrong in the arguments: "HOST PORTS..." or "HOST:PORTS". EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int probe_options_plan(struct probe_options *options, struct spec *spec, int argc, char **argv);

/* Probes, and returns the exit status. reset: close open connections with RST. */
int probe_options_run(
    const struct context *context, const struct probe_options *options, const struct spec *spec, bool reset);

#endif
