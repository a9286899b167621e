/* SPDX-License-Identifier: ISC */
/* Hints: the whole command that a mistake in the command line was meant to be. */
#ifndef CMD_MEANT_H
#define CMD_MEANT_H

#include <stddef.h>
#include <stdio.h>

/* Keeps the words of the command line as typed, for hints: the parser and the commands move and cut them. The
 * caller frees the copy, which hints use until the end; NULL if memory runs out. */
char **words_keep(int argc, char **argv);

/* What should stand in place of an operand, which is one of the words that the parser passed on: up to two
 * words, NULL for none. */
struct correction {
    const char *operand;
    const char *words[2];
};

/* usage_error() that ends in the command line as typed, with the corrections. */
int corrected_error(const struct correction *corrections, size_t count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The words and a NULL, which the parser may change, then the pointers to the originals, in one allocation
 * for the caller to free. NULL if memory runs out. */
char **words_copy(int argc, char **argv);

/* Writes " WORD", quoted for a shell if need be. */
void word_write(FILE *out, const char *word);

#endif
