/* SPDX-License-Identifier: ISC */
/* Where drawings go; see drawing.h. */
#include "cmd/draw/drawing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/terminal.h"
#include "cmd/command.h"
#include "cmd/page.h"
#include "draw/draw.h"
#include "report/writer.h"

#define WIDTH_DEFAULT 80

size_t drawing_width(int fd)
{
    size_t columns = terminal_columns(fd), width = columns ? columns : WIDTH_DEFAULT;
    return width < DRAW_WIDTH_LEAST ? DRAW_WIDTH_LEAST : width > DRAW_WIDTH_MOST ? DRAW_WIDTH_MOST : width;
}

/* A pipe or a device has nothing to cut off. */
static int file_empty(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? ftruncate(fd, 0) : 0;
}

int drawing_svg_write(struct draw_model *model, int fd, const char *file)
{
    FILE *out = file_empty(fd) == 0 ? writer_open(fd) : NULL;
    int result = out ? draw_svg_write(model, out) : -1;
    if (out && writer_flush(out) < 0)
        result = -1;
    int error = errno;
    if (out)
        fclose(out);
    if (result == 0)
        return EXIT_DONE;
    message_print("%s: %s: %s", getprogname(), file, strerror(error));
    return EXIT_OTHER;
}
