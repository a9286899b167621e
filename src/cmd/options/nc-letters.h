/* SPDX-License-Identifier: ISC */
/* nc's letters that sockctl does not have: each is refused with a sentence that names the alternative. */
#ifndef CMD_OPTIONS_NC_LETTERS_H
#define CMD_OPTIONS_NC_LETTERS_H

#include "base/option.h"

extern const struct option_row nc_refused_rows[];

#endif
