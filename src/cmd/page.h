/* SPDX-License-Identifier: ISC */
/* Results that are not reports: help, lists, drawings. */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include <stdio.h>

/* The stream for help, version and completions: stdout. They are results: page_finish() writes them, and
 * returns EXIT_OTHER after a message if they could not be written. */
FILE *page(void);
int page_finish(void);

/* Says that there is no memory. EXIT_OTHER. */
int memory_finish(void);

#endif
