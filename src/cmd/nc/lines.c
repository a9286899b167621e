/* SPDX-License-Identifier: ISC */
/* The lines of nc: fills a template from fields. */
#include "cmd/nc/lines.h"

#include <unistd.h>

#include "report/writer.h"

static const char *const lines[] = {
#define LINE(id, text) [NC_##id] = (text),
#include "cmd/nc/lines.def"
#undef LINE
};

void nc_line_write(enum nc_line line, const struct field *fields)
{
    FILE *out = writer_stream(STDERR_FILENO);
    text_fill(out, lines[line], fields);
    fputc('\n', out);
    writer_flush(out);
}
