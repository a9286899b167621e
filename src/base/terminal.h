/* SPDX-License-Identifier: ISC */
/* The size of a terminal. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stddef.h>

/* The columns of the terminal that fd is; 0 if it is not one, or does not say. */
size_t terminal_columns(int fd);

#endif
