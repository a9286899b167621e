/* SPDX-License-Identifier: ISC */
/* What --io source sends; see source.h. */
#include "net/data/source.h"

#include <string.h>

#define SOURCE_LINE   72
#define SOURCE_GLYPHS 95
#define SOURCE_PERIOD ((size_t)(SOURCE_LINE * SOURCE_GLYPHS))

void source_fill(char *bytes, size_t length, uint64_t offset)
{
    size_t filled = 0;
    for (; filled < length && filled < SOURCE_PERIOD; filled++) {
        uint64_t line = (offset + filled) / SOURCE_LINE, column = (offset + filled) % SOURCE_LINE;
        bytes[filled] = column == SOURCE_LINE - 1 ? '\n' : (char)(' ' + (line + column) % SOURCE_GLYPHS);
    }
    /* The pattern repeats. */
    while (filled < length) {
        size_t more = filled < length - filled ? filled : length - filled;
        memcpy(bytes + filled, bytes, more);
        filled += more;
    }
}
