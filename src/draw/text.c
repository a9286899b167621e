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
/* A narrower ladder has no times. */
#define TIMED_LEAST  60

struct glyphs {
    const char *line, *solid, *dashed, *urgent, *reset, *right, *left, *lost, *unknown, *pause;
};

static const struct glyphs box = {"│", "─", "╌", "═", "━", "►", "◄", "✗", "?", "┊"};
static const struct glyphs plain = {"|", "-", ".", "=", "#", ">", "<", "x", "?", ":"};

struct page {
    FILE *out;
    const struct glyphs *glyphs;
    size_t width;        /* of it all */
    size_t time;         /* columns of the times */
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
    if (page->time)
        fprintf(page->out, "%*.6f ", TIME_COLUMNS - 1, (double)rung->time / 1e9);
    for (bool first = true;; first = false) {
        if (!first)
            repeat(page->out, " ", page->time);
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
    repeat(page->out, " ", page->time + page->side);
    fputs(page->glyphs->pause, page->out);
    label_write(page, &label);
    fprintf(page->out, "%s\n", page->glyphs->pause);
}

/* A line of each title, centred on its lifeline as far as there is room. */
static void title_line(const struct page *page, const char *title[2])
{
    size_t left = page->time + page->side, right = left + page->middle + 1, half = (left + right) / 2;
    const size_t life[2] = {left, right}, least[2] = {0, half + 1}, most[2] = {half, page->width};
    for (size_t side = 0, used = 0; side < 2; side++) {
        const char *text = title[side];
        size_t length = draw_wrap(&title[side], most[side] - least[side]), before = length / 2;
        size_t at = life[side] - least[side] > before ? life[side] - before : least[side];
        at = at + length > most[side] ? most[side] - length : at;
        if (length) {
            repeat(page->out, " ", at - used);
            fprintf(page->out, "%.*s", (int)length, text);
            used = at + length;
        }
    }
    fputc('\n', page->out);
}

static void title_write(const struct page *page, const struct draw_talk *talk)
{
    char text[2][2][160];
    for (int side = 0; side < 2; side++)
        draw_title(talk, side, text[0][side], text[1][side], sizeof(text[0][side]));
    for (int line = 0; line < 2; line++) {
        const char *title[2] = {text[line][0], text[line][1]};
        do
            title_line(page, title);
        while (*title[0] || *title[1]);
    }
}

static void legend_line(const struct page *page, const char *shaft, const char *head, const char *text)
{
    fprintf(page->out, "%s%s%s ", shaft, shaft, head);
    words_wrap(page->out, text, 4, page->width);
}

static void legend_write(const struct page *page, const struct draw_ladder *ladder)
{
    const struct glyphs *glyphs = page->glyphs;
    const char *shaft = ladder->packets ? glyphs->solid : glyphs->dashed;
    char clocks[160];
    if (ladder->captured)
        legend_line(page, glyphs->solid, glyphs->right, "a captured segment");
    if (ladder->inferred)
        legend_line(page, glyphs->dashed, glyphs->right, "inferred from what the ends report");
    if (ladder->lost)
        legend_line(page, glyphs->solid, glyphs->lost, "lost on the way: the other end did not capture it");
    if (ladder->unknown)
        legend_line(page, shaft, glyphs->unknown, "no report says that it arrived");
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
    size_t time = style->width < TIMED_LEAST ? 0 : TIME_COLUMNS;
    size_t rest = style->width - time - 2, middle = time ? rest * 2 / 5 : rest * 3 / 8;
    struct page page = {.out = out,
        .glyphs = style->ascii ? &plain : &box,
        .width = style->width,
        .time = time,
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
