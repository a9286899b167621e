/* SPDX-License-Identifier: ISC */
/* Notes and labels, broken into lines. */
#ifndef DRAW_WRAP_H
#define DRAW_WRAP_H

#include <stddef.h>

/* The length of the next line of at most width columns, broken at a blank if there is one; *text becomes what
 * follows it. */
size_t draw_wrap(const char **text, size_t width);

#endif
