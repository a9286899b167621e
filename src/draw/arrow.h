/* SPDX-License-Identifier: ISC */
/* The arrow of each rung: a captured packet, or what must have travelled. */
#ifndef DRAW_ARROW_H
#define DRAW_ARROW_H

#include "draw/ladder.h"

/* Sets the rung's arrow, label and form for a step, after which the ladder stands. */
void draw_arrow(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung);

/* Sets the arrow of the SYN ACK to the step's side, if its SYN is drawn and this is not. */
void draw_greeting(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung);

/* The first step of a side that is such; NULL: there is none. */
const struct draw_step *draw_step_find(const struct draw_talk *talk, enum draw_what what, int side);

#endif
