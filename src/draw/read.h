/* SPDX-License-Identifier: ISC */
/* Reads reports: JSON events, one a line, into the model of draw. */
#ifndef DRAW_READ_H
#define DRAW_READ_H

#include <stddef.h>

#include "draw/model.h"

/*
 * Reads the reports in fd until its end; each start event begins an end. name is that of the file for errors.
 * 0; or -1 after writing to error what is wrong and in which line.
 */
int draw_read(struct draw_model *model, int fd, const char *name, char *error, size_t size);

/* Reads one line, which has no newline; as draw_read(), with the reason alone in error. */
int draw_read_line(struct draw_model *model, const char *line, size_t length, char *error, size_t size);

#endif
