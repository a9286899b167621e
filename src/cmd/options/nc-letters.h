/* The letters of nc that sockctl leaves out: each refused with a sentence that says what to use. */
#ifndef CMD_OPTIONS_NC_LETTERS_H
#define CMD_OPTIONS_NC_LETTERS_H

#include "base/option.h"

extern const struct option_row nc_refused_rows[];

#endif
