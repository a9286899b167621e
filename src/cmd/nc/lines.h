/* SPDX-License-Identifier: ISC */
/* The lines of nc, for people and for the scripts that look for their words. */
#ifndef CMD_NC_LINES_H
#define CMD_NC_LINES_H

#include "report/event.h"

enum nc_line {
#define LINE(id, text) NC_##id,
#include "cmd/nc/lines.def"
#undef LINE
};

/* Writes one line to stderr, filled from fields, which end with F_END; foreign bytes are escaped. */
void nc_line_write(enum nc_line line, const struct field *fields);
#define NC_LINE(id, ...) nc_line_write(NC_##id, (const struct field[]){__VA_ARGS__, F_END})

#endif
