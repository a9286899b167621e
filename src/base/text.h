/* Foreign bytes as text that is safe to print, the same in every locale, and reversible. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/* Escapes by vis(3) with VIS_NOLOCALE, in C style: "\n", "\033", "\\". Writes at most size - 1 bytes and cuts
 * only between escapes; 4 * length + 1 bytes always suffice. Returns buffer. */
const char *text_escape(char *buffer, size_t size, const void *bytes, size_t length);

/* As text_escape(), for a quoted preview: escapes '"' too, and ends with "..." if it was cut. */
const char *text_preview(char *buffer, size_t size, const void *bytes, size_t length, size_t most);

#endif
