/* SPDX-License-Identifier: ISC */
/* Ladders as text for a terminal, in box-drawing characters or ASCII. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/option.h"
#include "draw/draw.h"
#include "draw/ladder.h"
#include "draw/wrap.h"

#define TIME_COLUMNS 11 /* "  0.004109 " */

struct glyphs {
    const char *line, *solid, *dashed, *urgent, *reset, *right, *left, *lost, *unknown, *pause;
};

static const struct glyphs box = {"│", "─", "╌", "═", "━", "►", "◄", "✗", "?", "┊"};
static const struct glyphs plain = {"|", "-", ".", "=", "#", ">", "<", "x", "?", ":"};

struct page {
    FILE *out;
    const struct glyphs *glyphs;
    size_t width;        /* of it all */
    size_t side, middle; /* columns of the notes, and between the lifelines */
};

static void repeat(FILE *out, const char *glyph, size_t count)
{
    while (count-- > 0)
        fputs(glyph, out);
}

/* One line of a note, at its lifeline: to the right of the left column, to the left of the right one. */
static void note_write(const struct page *page, int side, const char **note)
{
    const char *begin = *note ? *note : "";
    size_t length = *note ? draw_wrap(note, page->side - 1) : 0;
    if (side == 0) {
        repeat(page->out, " ", page->side - 1 - length);
        fprintf(page->out, "%.*s ", (int)length, begin);
    } else if (length) {
        fprintf(page->out, " %.*s", (int)length, begin);
    }
}

static const char *shaft_of(const struct page *page, const struct draw_rung *rung)
{
    switch (rung->form) {
    case FORM_URGENT: return page->glyphs->urgent;
    case FORM_RESET: return page->glyphs->reset;
    case FORM_PLAIN:
    case FORM_ZERO_WINDOW: break;
    }
    return rung->inferred ? page->glyphs->dashed : page->glyphs->solid;
}

/* The arrow over the whole middle, with the label in it if that is not NULL. */
static void arrow_write(const struct page *page, const struct draw_rung *rung, const char *label)
{
    const struct glyphs *glyphs = page->glyphs;
    const char *shaft = shaft_of(page, rung);
    size_t length = label ? strlen(label) : 0, room = page->middle - 1 - (label ? length + 2 : 0);
    /* A broken arrow leaves the last quarter of its way empty. */
    size_t blank = rung->head == HEAD_WHOLE ? 0 : room / 4;
    size_t first = (room - blank) / 2, second = room - blank - first;
    const char *head = rung->head == HEAD_LOST      ? glyphs->lost
                       : rung->head == HEAD_UNKNOWN ? glyphs->unknown
                       : rung->arrow > 0            ? glyphs->right
                                                    : glyphs->left;
    if (rung->arrow < 0) {
        repeat(page->out, " ", blank);
        fputs(head, page->out);
    }
    repeat(page->out, shaft, first);
    if (label)
        fprintf(page->out, " %s ", label);
    repeat(page->out, shaft, second);
    if (rung->arrow > 0) {
        fputs(head, page->out);
        repeat(page->out, " ", blank);
    }
}

/* A line of the label, in the middle between the lifelines. */
static void label_write(const struct page *page, const char **label)
{
    const char *begin = *label;
    size_t length = draw_wrap(label, page->middle - 2), before = (page->middle - length) / 2;
    repeat(page->out, " ", before);
    fprintf(page->out, "%.*s", (int)length, begin);
    repeat(page->out, " ", page->middle - length - before);
}

static void rung_write(const struct page *page, const struct draw_rung *rung)
{
    const char *notes[2] = {NULL, NULL}, *label = rung->arrow ? rung->label : NULL;
    bool inside = label && strlen(label) + 6 <= page->middle;
    bool arrow = rung->arrow != 0;
    notes[rung->side] = rung->note;
    fprintf(page->out, "%10.6f ", (double)rung->time / 1e9);
    for (bool first = true;; first = false) {
        if (!first)
            repeat(page->out, " ", TIME_COLUMNS);
        note_write(page, 0, &notes[0]);
        fputs(page->glyphs->line, page->out);
        if (label && !inside && *label) {
            label_write(page, &label);
        } else if (arrow) {
            arrow_write(page, rung, inside ? label : NULL);
            arrow = false;
        } else {
            repeat(page->out, " ", page->middle);
        }
        fputs(page->glyphs->line, page->out);
        note_write(page, 1, &notes[1]);
        fputc('\n', page->out);
        if (!arrow && !(notes[0] && *notes[0]) && !(notes[1] && *notes[1]))
            return;
    }
}

static void idle_write(const struct page *page, int64_t idle)
{
    char text[DURATION_TEXT_MAX + 16], duration[DURATION_TEXT_MAX];
    snprintf(text, sizeof(text), "%s later", duration_text(idle, duration, sizeof(duration)));
    const char *label = text;
    repeat(page->out, " ", TIME_COLUMNS + page->side);
    fputs(page->glyphs->pause, page->out);
    label_write(page, &label);
    fprintf(page->out, "%s\n", page->glyphs->pause);
}

static void title_write(const struct page *page, const struct draw_talk *talk)
{
    char program[2][160], address[2][160];
    for (int side = 0; side < 2; side++)
        draw_title(talk, side, program[side], address[side], sizeof(program[side]));
    /* Each title is centred on its lifeline as far as there is room. */
    size_t left = TIME_COLUMNS + page->side, half = page->middle / 2 + 1;
    for (int line = 0; line < 2; line++) {
        const char *first = line ? address[0] : program[0], *second = line ? address[1] : program[1];
        size_t length = strlen(first) / 2;
        size_t begin = length < half && length < left ? left - length : 0;
        repeat(page->out, " ", begin);
        fputs(first, page->out);
        size_t used = begin + strlen(first), at = left + page->middle + 1;
        length = strlen(second) / 2;
        size_t want = length < half ? at - length : at - half + 1;
        repeat(page->out, " ", want > used ? want - used : 1);
        fprintf(page->out, "%s\n", second);
    }
}

static void legend_write(const struct page *page, const struct draw_ladder *ladder)
{
    const struct glyphs *glyphs = page->glyphs;
    const char *shaft = ladder->packets ? glyphs->solid : glyphs->dashed;
    char clocks[160];
    if (ladder->captured)
        fprintf(page->out, "%s%s%s a captured segment\n", glyphs->solid, glyphs->solid, glyphs->right);
    if (ladder->inferred)
        fprintf(page->out, "%s%s%s inferred from what the ends report\n", glyphs->dashed, glyphs->dashed,
            glyphs->right);
    if (ladder->lost)
        fprintf(page->out, "%s%s%s lost on the way: the other end did not capture it\n", glyphs->solid,
            glyphs->solid, glyphs->lost);
    if (ladder->unknown)
        fprintf(page->out, "%s%s%s no report says that it arrived\n", shaft, shaft, glyphs->unknown);
    draw_clocks(ladder->talk, clocks, sizeof(clocks));
    if (*clocks)
        words_wrap(page->out, clocks, 0, page->width);
}

static int talk_write(const struct page *page, const struct draw_talk *talk, enum draw_level level)
{
    struct draw_ladder ladder;
    struct draw_rung rung;
    int result = 0;
    title_write(page, talk);
    draw_ladder_begin(&ladder, talk, level);
    while (!ferror(page->out) && (result = draw_ladder_next(&ladder, &rung)) > 0) {
        if (rung.idle)
            idle_write(page, rung.idle);
        rung_write(page, &rung);
        free(rung.note);
    }
    legend_write(page, &ladder);
    return result;
}

int draw_text_write(struct draw_model *model, const struct draw_style *style, FILE *out)
{
    size_t rest = style->width - TIME_COLUMNS - 2, middle = rest * 2 / 5;
    struct page page = {.out = out,
        .glyphs = style->ascii ? &plain : &box,
        .width = style->width,
        .side = (rest - middle) / 2,
        .middle = middle};
    struct draw_talk talk;
    int result;
    for (bool first = true; (result = draw_talk_next(model, &talk)) > 0; first = false) {
        if (!first)
            fputc('\n', out);
        result = talk_write(&page, &talk, model->level);
        draw_talk_free(&talk);
        if (result < 0)
            break;
    }
    return result;
}
