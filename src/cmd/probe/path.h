/* SPDX-License-Identifier: ISC */
/* connect --path: its options, and how it runs. */
#ifndef CMD_PROBE_PATH_H
#define CMD_PROBE_PATH_H

#include "base/option.h"
#include "net/socket/spec.h"
#include "net/watch/context.h"

struct path_options {
    bool on;     /* --path */
    int queries; /* 0: the default */
};

extern const struct option_row path_rows[];

/* Finds what cannot be used with it. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int path_options_plan(const struct path_options *options, const struct spec *spec);

/* Asks the path, and returns the exit status. */
int path_options_run(
    const struct context *context, const struct path_options *options, const struct spec *spec);

#endif
