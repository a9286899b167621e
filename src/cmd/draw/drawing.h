/* SPDX-License-Identifier: ISC */
/* Where drawings go: how wide they are on a terminal, and the file of an SVG picture. */
#ifndef CMD_DRAW_DRAWING_H
#define CMD_DRAW_DRAWING_H

#include <stddef.h>

#include "draw/model.h"

/* The columns of the terminal, or 80 if fd is not one. */
size_t drawing_width(int fd);

/* Writes the picture to fd in the place of what was in the file, whose name for messages is file. EXIT_DONE,
 * or EXIT_OTHER after a message. */
int drawing_svg_write(struct draw_model *model, int fd, const char *file);

#endif
