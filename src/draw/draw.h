/* SPDX-License-Identifier: ISC */
/* Draws conversations as ladders: a lifeline for each end, time downwards, arrows between them. */
#ifndef DRAW_DRAW_H
#define DRAW_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "draw/model.h"

/* The narrowest and the widest ladder, in columns. */
#define DRAW_WIDTH_LEAST 40
#define DRAW_WIDTH_MOST  1000

struct draw_style {
    size_t width; /* columns */
    bool ascii;
};

/* Writes all conversations of the model as text. 0, or -1 with errno; errors of out are its owner's. */
int draw_text_write(struct draw_model *model, const struct draw_style *style, FILE *out);

/* Writes them as one SVG file without scripts, in the same way. */
int draw_svg_write(struct draw_model *model, FILE *out);

#endif
