/* SPDX-License-Identifier: ISC */
/* Fits lines to a terminal. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include <stdbool.h>
#include <stdio.h>

/* Writes lines of a table: continues each that is too long on the next one, or cuts it. */
void lines_fold(FILE *out, const char *lines, size_t columns, bool cut);

/* Writes lines, broken between words so that the terminal does not break them within one, each continued
 * under the text after its key. lines may be changed; used: the columns before the first. */
void lines_wrap(FILE *out, char *lines, size_t used, size_t columns);

/* Writes a message, broken between words and continued behind two blanks. */
void message_wrap(FILE *out, const char *text, size_t columns);

#endif
