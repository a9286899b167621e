/* SPDX-License-Identifier: ISC */
/* Foreign bytes as text that is safe to print, the same in every locale, and reversible. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <vis.h>

/* Without VIS_NOLOCALE, setlocale would let bidirectional overrides and invalid bytes through. */
#define STYLE (VIS_CSTYLE | VIS_OCTAL | VIS_NL | VIS_TAB | VIS_NOLOCALE)

static size_t bytes_escape(char *buffer, size_t size, const char *bytes, size_t length, const char *extra)
{
    size_t used = 0, at;
    for (at = 0; at < length; at++) {
        char one[8];
        /* vis needs the next byte, because it chooses the octal form ("\0" before a digit). */
        int next = at + 1 < length ? (unsigned char)bytes[at + 1] : 0;
        size_t width = (size_t)(svis(one, (unsigned char)bytes[at], STYLE, next, extra) - one);
        if (used + width >= size)
            break;
        memcpy(buffer + used, one, width);
        used += width;
    }
    if (size)
        buffer[used] = '\0';
    return at;
}

const char *text_escape(char *buffer, size_t size, const void *bytes, size_t length)
{
    bytes_escape(buffer, size, bytes, length, "");
    return buffer;
}

int text_unescape(char *buffer, size_t size, const char *text)
{
    size_t length = strlen(text), slashes = 0;
    while (slashes < length && text[length - 1 - slashes] == '\\')
        slashes++;
    /* strunvis() drops a backslash that begins no escape at the end. Bytes are never longer than escapes. */
    return length >= size || slashes % 2 ? -1 : strunvis(buffer, text);
}

const char *text_preview(char *buffer, size_t size, const void *bytes, size_t length, size_t most)
{
    size_t shown = length < most ? length : most;
    size_t done = bytes_escape(buffer + 1, size - 5, bytes, shown, "\"");
    buffer[0] = '"';
    strcat(buffer, done < length ? "\"..." : "\"");
    return buffer;
}
