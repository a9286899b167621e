/* SPDX-License-Identifier: ISC */
/* Foreign bytes as text that is safe to print, the same in every locale, and reversible. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/* Escapes by vis(3) with VIS_NOLOCALE, in C style: "\n", "\033", "\\". Writes at most size - 1 bytes and cuts
 * only between escapes; 4 * length + 1 bytes always suffice. Returns buffer. */
const char *text_escape(char *buffer, size_t size, const void *bytes, size_t length);

/* Reads the escapes of unvis(3), which text_escape() writes. text: less than size bytes. Returns the length
 * of the bytes, which may hold NULs and have one more behind them; -1 for an invalid escape. */
int text_unescape(char *buffer, size_t size, const char *text);

/* As text_escape(), for a quoted preview: escapes '"' too, and ends with "..." if it was cut. */
const char *text_preview(char *buffer, size_t size, const void *bytes, size_t length, size_t most);

#endif
