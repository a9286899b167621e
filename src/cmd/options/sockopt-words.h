/* -o's help and completion, from the table of socket options. */
#ifndef CMD_OPTIONS_SOCKOPT_WORDS_H
#define CMD_OPTIONS_SOCKOPT_WORDS_H

#include <stdio.h>

#include "base/option.h"

/* "-o help": every option, level by level. */
void sockopt_list(FILE *out);

/* "[WHEN:]NAME=", and after it the constants of an option that has some. */
void sockopt_complete(const struct completion *completion);

#endif
