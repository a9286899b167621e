/* SPDX-License-Identifier: ISC */
/* Help and completion of -o, from the table of socket options. */
#ifndef CMD_OPTIONS_SOCKOPT_WORDS_H
#define CMD_OPTIONS_SOCKOPT_WORDS_H

#include <stdio.h>

#include "base/option.h"

/* "-o help": lists every option, level by level. */
void sockopt_list(FILE *out, size_t width);

/* Completes "[WHEN:]NAME=", and the constants of an option that has some. */
void sockopt_complete(const struct completion *completion);

#endif
