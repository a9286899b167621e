/* SPDX-License-Identifier: ISC */
/* What --schema prints. */
#ifndef CMD_SCHEMA_H
#define CMD_SCHEMA_H

#include <stdio.h>

/* Writes the JSON Schema (2020-12) of a line of a report, from the tables of events, fields, causes, findings
 * and warnings. 0, or -1 without memory. */
int schema_write(FILE *out);

#endif
