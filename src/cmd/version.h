/* SPDX-License-Identifier: ISC */
/* What --version prints. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#include <stdbool.h>
#include <stdio.h>

/* Version, copyright and licence; verbose: also the libraries and the features of the kernel. */
void version_write(FILE *out, bool verbose);

#endif
