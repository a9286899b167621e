/* SPDX-License-Identifier: ISC */
/* What --version prints. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Version, copyright and licence; verbose: also the libraries and the features of the kernel, in lines of at
 * most width columns. */
void version_write(FILE *out, size_t width, bool verbose);

#endif
