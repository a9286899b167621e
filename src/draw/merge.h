/* SPDX-License-Identifier: ISC */
/* Conversations: which ends belong together, on one clock, with arrows between what they did. */
#ifndef DRAW_MERGE_H
#define DRAW_MERGE_H

#include "draw/model.h"

/* An item in a conversation. */
struct draw_step {
    const struct draw_item *item;
    int64_t time; /* on the conversation's clock */
    /* The other end of its arrow, or NULL; once the steps are sorted, only whether there is one. */
    struct draw_step *partner;
    unsigned char side; /* 0 left, 1 right */
};

/* One conversation: its two sides, left the one that connects. */
struct draw_talk {
    struct draw_end *end[2]; /* NULL: no report of that side */
    struct draw_conn *conn[2];
    int64_t shift;           /* added to the right side's clock by causality */
    bool by_clock;           /* both reports were merged by CLOCK_MONOTONIC */
    struct draw_step *steps; /* in the order in which they are drawn; the array is the talk's */
    size_t count;
};

/*
 * Takes the next conversation of the model: each is made once, in the order of the reports. 1; 0 if there are
 * no more; -1 with errno. The caller frees it with draw_talk_free(); the items stay the model's.
 */
int draw_talk_next(struct draw_model *model, struct draw_talk *talk);
/* Lets draw_talk_next() begin again, with the same results. */
void draw_talk_rewind(struct draw_model *model);
void draw_talk_free(struct draw_talk *talk);

#endif
