/* SPDX-License-Identifier: ISC */
/* Fits lines to a terminal. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include <stdbool.h>
#include <stdio.h>

/* Writes lines of a table: continues each that is too long on the next one, or cuts it. */
void lines_fold(FILE *out, const char *lines, size_t columns, bool cut);

/* Writes a line, broken between words so that the terminal does not break it within one, and continued under
 * the text after its key. line may be changed; used: the columns before it. */
void line_wrap(FILE *out, char *line, size_t used, size_t columns);

#endif
