/* SPDX-License-Identifier: ISC */
/* Pairs what one side of a conversation did with what the other side saw of it. */
#ifndef DRAW_MATCH_H
#define DRAW_MATCH_H

#include "draw/merge.h"

/* Sets the partners of the talk's items, which are in the order of their reports. */
void draw_match(struct draw_talk *talk);

/* Whether the item is at the beginning of an arrow. */
bool draw_causes(const struct draw_item *item);

#endif
