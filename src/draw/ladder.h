/* SPDX-License-Identifier: ISC */
/* The rungs of a ladder: what each item of a conversation looks like, in any form of output. */
#ifndef DRAW_LADDER_H
#define DRAW_LADDER_H

#include "draw/merge.h"

/* How an arrow ends. */
enum draw_head { HEAD_WHOLE, HEAD_LOST, HEAD_UNKNOWN };

struct draw_rung {
    int64_t time;      /* nanoseconds since the first rung */
    int64_t idle;      /* how long nothing happened before it, if that was long; else 0 */
    int side;          /* of the note: 0 left, 1 right */
    char *note;        /* with the state that changed at its end; NULL: none. Owned */
    const char *state; /* that one; NULL: none */
    bool bad;
    int arrow; /* 1 to the right, -1 to the left, 0: none */
    bool inferred;
    enum draw_head head;
    enum draw_form form;
    const char *label; /* of the arrow */
};

/* A state that is shown where the call that left it returned: other things came in between. */
struct draw_late {
    const char *state; /* NULL: none */
    int64_t time;
    bool greets; /* it came by the SYN ACK */
};

/* The way down the ladder. Of each pair, the first is of the left side. */
struct draw_ladder {
    const struct draw_talk *talk;
    enum draw_level level;
    size_t at;
    bool packets;              /* some were captured, so none is inferred */
    bool came[2];              /* a captured packet arrived on this side so far */
    bool arrived[2];           /* a state shows that all that this side sent has arrived */
    bool asked[2], greeted[2]; /* its SYN is drawn, and the SYN ACK for it */
    uint64_t sent[2];          /* how far its sends reach in the stream */
    struct draw_late late[2];
    int64_t first, before;    /* times; INT64_MIN: none yet */
    const char *states[2][2]; /* the last ones of each side: of the end, of the connection */
    bool captured, inferred;  /* there were such arrows */
    bool lost, unknown;
};

void draw_ladder_begin(struct draw_ladder *ladder, const struct draw_talk *talk, enum draw_level level);
/* The next rung: 1, and the caller frees its note; 0 at the end; -1 with errno. */
int draw_ladder_next(struct draw_ladder *ladder, struct draw_rung *rung);

/* The two lines above a lifeline: program and process, address. */
void draw_title(const struct draw_talk *talk, int side, char *program, char *address, size_t size);
/* What is said of the clocks; "" if there is nothing to say. */
void draw_clocks(const struct draw_talk *talk, char *text, size_t size);

#endif
