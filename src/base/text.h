/* Foreign bytes as text that is safe to print, the same in every locale, and reversible. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/* vis(3) with VIS_NOLOCALE, C style: "\n", "\033", "\\". At most size - 1 bytes; what does not fit is cut at
 * a whole escape. Returns buffer. A buffer of 4 * length + 1 always suffices. */
const char *text_escape(char *buffer, size_t size, const void *bytes, size_t length);

/* As text_escape, with '"' escaped too and "..." behind what was cut: for a quoted preview. */
const char *text_preview(char *buffer, size_t size, const void *bytes, size_t length, size_t most);

#endif
