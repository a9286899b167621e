/* SPDX-License-Identifier: ISC */
/* Breaks text into lines; see wrap.h. */
#include "draw/wrap.h"

#include <string.h>

size_t draw_wrap(const char **text, size_t width)
{
    size_t length = strlen(*text), end = length;
    if (length > width) {
        for (end = width; end > width / 2 && (*text)[end] != ' ';)
            end--;
        if ((*text)[end] != ' ')
            end = width;
    }
    const char *begin = *text;
    *text += end;
    while (**text == ' ')
        ++*text;
    while (end > 0 && begin[end - 1] == ' ')
        end--;
    return end;
}
