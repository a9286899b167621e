/* SPDX-License-Identifier: ISC */
/* draw: any bytes as the lines of a report, drawn at each level. */
#include <stdio.h>

#include "base/cleanup.h"
#include "draw/draw.h"
#include "draw/read.h"
#include "fuzz.h"

/* Only printable characters, whatever the report says. */
static void ladder_check(const char *text)
{
    for (; *text; text++)
        must((*text >= ' ' && *text < 127) || *text == '\n');
}

/* No markup but that of the picture. */
static void picture_check(const char *text)
{
    static const char *const tags[] = {
        "/", "desc>", "line ", "polygon ", "rect ", "style>", "svg ", "text ", "title>", "tspan "};
    ladder_check(text);
    must(!strstr(text, "]]>"));
    while ((text = strchr(text, '<'))) {
        bool known = false;
        text++;
        for (size_t i = 0; i < array_size(tags); i++)
            known |= strncmp(text, tags[i], strlen(tags[i])) == 0;
        must(known);
    }
}

/* The same model once more, as a picture. */
static void picture_draw(struct draw_model *model)
{
    cleanup_free char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    must(out);
    must(draw_svg_write(model, out) == 0);
    fclose(out);
    picture_check(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *input = input_string(data, size);
    cleanup_free char *text = NULL;
    char error[512];
    size_t length;
    const struct draw_style style = {.width = DRAW_WIDTH_LEAST + size % 64, .ascii = true};
    struct draw_model model = {.level = (enum draw_level)(size % 3), .to = INT64_MAX};
    FILE *out = open_memstream(&text, &length);
    must(out);
    for (char *line = input, *end; line && *line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (draw_read_line(&model, line, end ? (size_t)(end - line) : strlen(line), error, sizeof(error)) < 0)
            break;
    }
    must(draw_text_write(&model, &style, out) == 0);
    fclose(out);
    ladder_check(text);
    picture_draw(&model);
    draw_model_free(&model);
    return 0;
}
