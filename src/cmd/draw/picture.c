/* SPDX-License-Identifier: ISC */
/* --draw: keeps what the command reports, and draws it at the end; see picture.h. */
#include "cmd/draw/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/draw/drawing.h"
#include "cmd/page.h"
#include "draw/draw.h"
#include "draw/read.h"
#include "report/writer.h"

/* Of more calls that move data, the sum alone is drawn. */
#define DATA_CALLS_MOST 2000

static bool picture_parse(const char *text, void *field, char *error, size_t size)
{
    struct picture_options *options = field;
    options->on = true;
    options->svg = NULL;
    if (!text)
        return true;
    if (strncmp(text, "svg:", 4) == 0 && text[4] && strcmp(text, "svg:-") != 0) {
        options->svg = text + 4;
        return true;
    }
    snprintf(error, size, "'%s' is not svg:FILE", text);
    return false;
}

static void picture_complete(const struct completion *completion)
{
    complete_word(completion, "svg:");
}

const struct option_row picture_rows[] = {
    {0, "draw", "[=svg:FILE]",
        "at the end, draw what this process saw as a ladder (see sockctl draw), or write it to FILE",
        .type = OPTION_CUSTOM, .offset = offsetof(struct report_options, picture), .parse = picture_parse,
        .complete = picture_complete},
    {.type = OPTION_END},
};

int picture_begin(struct picture *picture, const struct report_options *options, struct sink *sink)
{
    *picture = (struct picture){.options = &options->picture, .fd = -1};
    const char *svg = options->picture.svg;
    if (!options->picture.on)
        return EXIT_DONE;
    if (options->json && !svg)
        return usage_error("--draw excludes -j; use --draw=svg:FILE, or sockctl draw on the report");
    if (svg && (picture->fd = open(svg, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666)) < 0) {
        message_print("%s: %s: %s", getprogname(), svg, strerror(errno));
        return EXIT_OTHER;
    }
    picture->copy = open_memstream(&picture->text, &picture->length);
    if (!picture->copy)
        return memory_finish();
    sink->copy = picture->copy;
    sink->copy_calls = DATA_CALLS_MOST;
    return EXIT_DONE;
}

/* Reads the copy line by line. */
static int copy_read(struct draw_model *model, const struct picture *picture)
{
    char error[512];
    const char *line = picture->text, *end = picture->text + picture->length;
    for (const char *next; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (draw_read_line(model, line, (size_t)(next - line), error, sizeof(error)) == 0)
            continue;
        message_print("%s: --draw: %s", getprogname(), error);
        return EXIT_OTHER;
    }
    return EXIT_DONE;
}

static int text_draw(struct draw_model *model, struct sink *sink)
{
    int fd = sink->report == sink->out ? STDOUT_FILENO : STDERR_FILENO;
    const struct draw_style style = {.width = drawing_width(fd)};
    if (sink->level > LEVEL_ERRORS)
        fputc('\n', sink->report);
    int result = draw_text_write(model, &style, sink->report);
    sink_flush(sink);
    return result < 0 ? memory_finish() : EXIT_DONE;
}

int picture_end(struct picture *picture, struct sink *sink, int status)
{
    struct draw_model model = {.level = DRAW_CALLS, .to = INT64_MAX};
    if (!picture->copy)
        return status;
    sink->copy = NULL;
    int result = fclose(picture->copy) == 0 ? copy_read(&model, picture) : memory_finish();
    if (result == EXIT_DONE && picture->fd >= 0)
        result = drawing_svg_write(&model, picture->fd, picture->options->svg);
    else if (result == EXIT_DONE)
        result = text_draw(&model, sink);
    draw_model_free(&model);
    free(picture->text);
    cleanup_fd_close(&picture->fd);
    return status == EXIT_DONE ? result : status;
}
