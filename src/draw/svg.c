/* SPDX-License-Identifier: ISC */
/* Ladders as one SVG file: text that can be selected, colours for light and dark pages, no script. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "draw/draw.h"
#include "draw/ladder.h"
#include "draw/wrap.h"

/* The places in pixels; a column of the font has at most 7.4 of them. */
#define WIDTH         960
#define TOP           12
#define TIME_AT       88
#define LEFT          370
#define RIGHT         690
#define NOTE_COLUMNS  34
#define LABEL_COLUMNS 40
#define TITLE_COLUMNS 42
#define LINE          16
#define HEAD          8

static const char style[] =
    "text{font:12px ui-monospace,\"DejaVu Sans "
    "Mono\",Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}\n"
    ".page{fill:#fff}.time,.legend{fill:#59636e}.bad{fill:#b3261e}.title{font-weight:bold}\n"
    ".state{fill:#0a6b4d;font-weight:bold}.mark{fill:#8250df}\n"
    ".life{stroke:#8c959f}.wire{stroke:#1f2328;fill:none}.head{fill:#1f2328}.quiet{stroke-dasharray:1 5}\n"
    ".inferred{stroke-dasharray:6 4}\n"
    ".urgent{stroke:#8250df;stroke-width:3}.urgent-head{fill:#8250df}\n"
    ".reset{stroke:#b3261e;stroke-width:3}.reset-head{fill:#b3261e}\n"
    ".zero{stroke:#9a6700;stroke-width:2}.zero-head{fill:#9a6700}\n"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.time,.legend{fill:#9198a1}\n"
    ".state{fill:#56d4a4}.mark{fill:#bc8cff}\n"
    ".bad{fill:#ff7b72}.life{stroke:#6e7681}.wire{stroke:#e6edf3}.head{fill:#e6edf3}\n"
    ".urgent{stroke:#bc8cff}.urgent-head{fill:#bc8cff}.reset{stroke:#ff7b72}.reset-head{fill:#ff7b72}\n"
    ".zero{stroke:#d29922}.zero-head{fill:#d29922}}";

/* The drawing so far. */
struct canvas {
    FILE *out; /* NULL: it is only measured */
    int y;
    int life; /* where the lifelines go on from */
};

static void xml_write(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; out && i < length && text[i]; i++)
        switch (text[i]) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(text[i], out);
        }
}

static void __attribute__((format(printf, 2, 3))) mark(const struct canvas *canvas, const char *format, ...)
{
    va_list arguments;
    if (!canvas->out)
        return;
    va_start(arguments, format);
    vfprintf(canvas->out, format, arguments);
    va_end(arguments);
}

/* anchor: start, middle or end. */
static void text_write(const struct canvas *canvas, int x, int y, const char *anchor, const char *class,
    const char *text, size_t length)
{
    mark(canvas, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
    xml_write(canvas->out, text, length);
    mark(canvas, "</text>\n");
}

static void line_write(const struct canvas *canvas, const char *class, int x1, int y1, int x2, int y2)
{
    mark(canvas, "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", class, x1, y1, x2, y2);
}

/* Draws both lifelines down to y. */
static void lives_write(struct canvas *canvas, const char *class, int y)
{
    line_write(canvas, class, LEFT, canvas->life, LEFT, y);
    line_write(canvas, class, RIGHT, canvas->life, RIGHT, y);
    canvas->life = y;
}

static const char *form_class(enum draw_form form)
{
    switch (form) {
    case FORM_URGENT: return "urgent";
    case FORM_RESET: return "reset";
    case FORM_ZERO_WINDOW: return "zero";
    case FORM_PLAIN: break;
    }
    return "plain";
}

static void arrow_write(const struct canvas *canvas, const struct draw_rung *rung, int y)
{
    char class[48];
    int from = rung->arrow > 0 ? LEFT : RIGHT, way = rung->arrow, length = RIGHT - LEFT;
    int to = from + way * (rung->head == HEAD_WHOLE ? length : length * 3 / 4);
    const char *form = form_class(rung->form);
    snprintf(class, sizeof(class), "wire %s%s", form, rung->inferred ? " inferred" : "");
    line_write(canvas, class, from, y, rung->head == HEAD_WHOLE ? to - way * HEAD : to, y);
    if (rung->head == HEAD_WHOLE) {
        mark(canvas, "<polygon class=\"head %s-head\" points=\"%d,%d %d,%d %d,%d\"/>\n", form, to, y,
            to - way * HEAD, y - HEAD / 2, to - way * HEAD, y + HEAD / 2);
    } else if (rung->head == HEAD_LOST) {
        line_write(canvas, "wire", to - 5, y - 5, to + 5, y + 5);
        line_write(canvas, "wire", to - 5, y + 5, to + 5, y - 5);
    } else {
        text_write(canvas, to + way * 8, y + 4, "middle", "title", "?", 1);
    }
}

/* A line of the note; the state that has changed stands at its end. */
static void note_write(
    const struct canvas *canvas, const struct draw_rung *rung, int y, const char *text, size_t length)
{
    const char *class = rung->bad ? "bad" : rung->form == FORM_URGENT && !rung->arrow ? "mark" : "note";
    size_t state = rung->state ? strlen(rung->state) : 0;
    bool ends = state && length >= state && memcmp(text + length - state, rung->state, state) == 0;
    mark(canvas, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">",
        rung->side ? RIGHT + 12 : LEFT - 12, y, rung->side ? "start" : "end", class);
    xml_write(canvas->out, text, ends ? length - state : length);
    if (ends) {
        mark(canvas, "<tspan class=\"state\">");
        xml_write(canvas->out, rung->state, state);
        mark(canvas, "</tspan>");
    }
    mark(canvas, "</text>\n");
}

static void rung_write(struct canvas *canvas, const struct draw_rung *rung)
{
    char time[32];
    int top = canvas->y, notes = 0, y = top;
    snprintf(time, sizeof(time), "%.6f", (double)rung->time / 1e9);
    text_write(canvas, TIME_AT, top + LINE - 4, "end", "time", time, strlen(time));
    for (const char *note = rung->note; note && *note; notes++) {
        const char *begin = note;
        size_t length = draw_wrap(&note, NOTE_COLUMNS);
        note_write(canvas, rung, top + (notes + 1) * LINE - 4, begin, length);
    }
    for (const char *label = rung->arrow ? rung->label : NULL; label && *label;) {
        const char *begin = label;
        size_t length = draw_wrap(&label, LABEL_COLUMNS);
        y += LINE;
        text_write(canvas, (LEFT + RIGHT) / 2, y - 4, "middle", "label", begin, length);
    }
    if (rung->arrow) {
        arrow_write(canvas, rung, y + 4);
        y += 12;
    }
    canvas->y = y > top + notes * LINE ? y : top + notes * LINE;
}

static void idle_write(struct canvas *canvas, int64_t idle)
{
    char text[DURATION_TEXT_MAX + 16], duration[DURATION_TEXT_MAX];
    int length = snprintf(text, sizeof(text), "%s later", duration_text(idle, duration, sizeof(duration)));
    lives_write(canvas, "life", canvas->y + 2);
    lives_write(canvas, "life quiet", canvas->y + 2 * LINE - 2);
    text_write(canvas, (LEFT + RIGHT) / 2, canvas->y + LINE + 4, "middle", "time", text, (size_t)length);
    canvas->y += 2 * LINE;
}

/* Returns where it ends. */
static int title_line(const struct canvas *canvas, int x, int y, const char *class, const char *title)
{
    while (*title) {
        const char *begin = title;
        size_t length = draw_wrap(&title, TITLE_COLUMNS);
        y += LINE;
        text_write(canvas, x, y, "middle", class, begin, length);
    }
    return y;
}

static void title_write(struct canvas *canvas, const struct draw_talk *talk)
{
    char program[160], address[160];
    int bottom = canvas->y + 2 * LINE;
    for (int side = 0; side < 2; side++) {
        int x = side ? RIGHT : LEFT;
        draw_title(talk, side, program, address, sizeof(program));
        int y = title_line(canvas, x, canvas->y, "title", program);
        y = title_line(canvas, x, y, "time", address);
        bottom = y > bottom ? y : bottom;
    }
    canvas->y = bottom + 8;
    canvas->life = canvas->y;
}

static void legend_line(struct canvas *canvas, const char *text)
{
    canvas->y += LINE;
    text_write(canvas, 24, canvas->y, "start", "legend", text, strlen(text));
}

static void legend_write(struct canvas *canvas, const struct draw_ladder *ladder)
{
    char clocks[160];
    draw_clocks(ladder->talk, clocks, sizeof(clocks));
    if (ladder->captured)
        legend_line(canvas, "Solid: a captured segment.");
    if (ladder->inferred)
        legend_line(canvas, "Dashed: inferred from what the ends report.");
    if (ladder->lost)
        legend_line(canvas, "Broken off by a cross: lost on the way; the other end did not capture it.");
    if (ladder->unknown)
        legend_line(canvas, "Ending in a question mark: no report says that it arrived.");
    if (*clocks)
        legend_line(canvas, clocks);
    canvas->y += LINE;
}

static int talk_write(struct canvas *canvas, const struct draw_talk *talk, enum draw_level level)
{
    struct draw_ladder ladder;
    struct draw_rung rung;
    int result = 0;
    title_write(canvas, talk);
    draw_ladder_begin(&ladder, talk, level);
    while (!(canvas->out && ferror(canvas->out)) && (result = draw_ladder_next(&ladder, &rung)) > 0) {
        if (rung.idle)
            idle_write(canvas, rung.idle);
        rung_write(canvas, &rung);
        free(rung.note);
    }
    lives_write(canvas, "life", canvas->y + 8);
    canvas->y += 8;
    legend_write(canvas, &ladder);
    return result;
}

/* What a reader hears who does not see it. */
static void description_write(FILE *out, const char *names)
{
    fprintf(out,
        "<title>%s</title>\n<desc>A ladder: a line down the page for each end, its socket calls and TCP "
        "states beside it, and arrows between the ends for what travelled, in the order of time.</desc>\n",
        names);
}

/* All conversations, one below the other. */
static int talks_write(struct canvas *canvas, struct draw_model *model)
{
    struct draw_talk talk;
    int result;
    draw_talk_rewind(model);
    while ((result = draw_talk_next(model, &talk)) > 0) {
        result = talk_write(canvas, &talk, model->level);
        draw_talk_free(&talk);
        if (result < 0)
            break;
    }
    return result;
}

/* Twice, for the height comes first: a picture may be much larger than what it is drawn from. */
int draw_svg_write(struct draw_model *model, FILE *out)
{
    struct canvas measured = {.out = NULL, .y = TOP}, canvas = {.out = out, .y = TOP};
    if (talks_write(&measured, model) < 0)
        return -1;
    fprintf(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
        "role=\"img\" xml:space=\"preserve\">\n",
        WIDTH, measured.y, WIDTH, measured.y);
    description_write(out, "A conversation of two sockets, drawn by sockctl");
    fprintf(out, "<style>%s</style>\n<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", style, WIDTH,
        measured.y);
    if (talks_write(&canvas, model) < 0)
        return -1;
    fputs("</svg>\n", out);
    return 0;
}
