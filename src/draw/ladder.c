/* SPDX-License-Identifier: ISC */
/* The rungs of a ladder; see ladder.h. */
#include "draw/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "draw/arrow.h"

/* A pause that is worth a line. */
#define IDLE_LEAST (NS_PER_S / 2)
/* An accept so long after the handshake is late. */
#define LATE_LEAST (NS_PER_S / 10)

static const char *state_of(const struct draw_item *item)
{
    return item->is_state ? item->note : item->state;
}

/* Whether the FIN of its own side was acknowledged. getsockopt(2) calls TIME_WAIT CLOSE. */
static bool shows_acknowledged(const struct draw_item *item, const char *state)
{
    return strcmp(state, "FIN_WAIT2") == 0 || strcmp(state, "TIME_WAIT") == 0 ||
           (item->what == DRAW_EOF && strcmp(state, "CLOSE") == 0);
}

/* Whether the state is one that only the other side's FIN leads to. */
static bool shows_end(const char *state)
{
    return strcmp(state, "CLOSE_WAIT") == 0 || strcmp(state, "LAST_ACK") == 0 ||
           strcmp(state, "CLOSING") == 0 || strcmp(state, "TIME_WAIT") == 0;
}

void draw_ladder_begin(struct draw_ladder *ladder, const struct draw_talk *talk, enum draw_level level)
{
    *ladder = (struct draw_ladder){.talk = talk, .level = level, .first = INT64_MIN, .before = INT64_MIN};
    for (int side = 0; side < 2; side++)
        ladder->packets |= talk->conn[side] && talk->conn[side]->packets;
    for (size_t i = 0; i < talk->count; i++) {
        const struct draw_item *item = talk->steps[i].item;
        int side = talk->steps[i].side;
        const char *state = state_of(item);
        if (item->what == DRAW_SEND && item->to > ladder->sent[side])
            ladder->sent[side] = item->to;
        if (!state || !item->conn)
            continue;
        ladder->arrived[side] |= shows_acknowledged(item, state);
        ladder->arrived[!side] |= shows_end(state);
    }
}

/* "accepted", and how long the connection had waited for it. */
static char *accepted_note(const struct draw_talk *talk, const struct draw_step *step)
{
    char late[DURATION_TEXT_MAX];
    const struct draw_step *connected = draw_step_find(talk, DRAW_CONNECTED, !step->side);
    if (!connected || step->time - connected->time < LATE_LEAST)
        return NULL;
    return draw_format("%s, %s after the handshake", step->item->note,
        duration_text(step->time - connected->time, late, sizeof(late)));
}

/* Whether the state that the step's call left is to be shown later than the call. */
static bool state_is_late(
    struct draw_ladder *ladder, const struct draw_step *step, const struct draw_rung *rung, const char *state)
{
    const struct draw_talk *talk = ladder->talk;
    const struct draw_step *next = ladder->at < talk->count ? &talk->steps[ladder->at] : NULL;
    struct draw_late late = {.state = state, .time = step->time + step->item->lasted};
    /* A connect that needed no waiting. */
    late.greets = step->item->what == DRAW_SYN && ladder->asked[step->side] && rung->arrow &&
                  strcmp(state, "ESTABLISHED") == 0;
    if (!late.greets && !(next && next->side != step->side && next->time < late.time))
        return false;
    ladder->late[step->side] = late;
    return true;
}

/* The note with the state that changed; NULL if neither is to be shown. -1 without memory. */
static int note_set(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    const struct draw_item *item = step->item;
    const char **last = &ladder->states[step->side][item->conn != 0];
    const char *state = state_of(item);
    bool moves = item->what == DRAW_SEND || item->what == DRAW_RECEIVE;
    const char *note = item->is_state || (moves && ladder->level == DRAW_STATES) ? NULL : item->note;
    bool changed = state && (!*last || strcmp(*last, state) != 0);
    char *late = item->what == DRAW_ACCEPTED && note ? accepted_note(ladder->talk, step) : NULL;
    if (late) {
        note = late;
        rung->bad = true;
    }
    if (changed) {
        *last = state;
        changed = !state_is_late(ladder, step, rung, state);
        rung->state = changed ? state : NULL;
    }
    if (note || changed)
        rung->note =
            draw_format("%s%s%s", note ? note : "", note && changed ? "  " : "", changed ? state : "");
    int result = (note || changed) && !rung->note ? -1 : 0;
    free(late);
    return result;
}

/* Whether the SYN ACK must have come before the next step: accept needs the ACK that answers it. */
static bool greeting_is_due(const struct draw_ladder *ladder, int side, const struct draw_step *next)
{
    return next && next->item->what == DRAW_ACCEPTED && next->side != side && ladder->asked[side] &&
           !ladder->greeted[side];
}

/* The side that has something to show before the next step, which is NULL at the end; -1: neither. */
static int late_side(const struct draw_ladder *ladder, const struct draw_step *next)
{
    const struct draw_late *late = ladder->late;
    int first = late[0].state && !(late[1].state && late[1].time < late[0].time) ? 0 : 1;
    for (int i = 0; i < 2; i++) {
        int side = i ? !first : first;
        bool returned = late[side].state && (!next || next->side == side || next->time >= late[side].time);
        if (returned || greeting_is_due(ladder, side, next))
            return side;
    }
    return -1;
}

/* Its rung, with the time of it. */
static int late_take(
    struct draw_ladder *ladder, int side, const struct draw_step *next, struct draw_rung *rung, int64_t *time)
{
    struct draw_late *late = &ladder->late[side];
    const struct draw_step step = {.side = (unsigned char)side};
    bool greets = greeting_is_due(ladder, side, next);
    *time = !late->state || (next && next->time < late->time) ? next->time : late->time;
    *rung = (struct draw_rung){.side = side, .inferred = true};
    if (greets || (late->state && late->greets))
        draw_greeting(ladder, &step, rung);
    if (!late->state || (greets && !late->greets))
        return 0;
    rung->state = late->state;
    rung->note = draw_clean(late->state);
    late->state = NULL;
    return rung->note ? 0 : -1;
}

static int step_take(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    ladder->at++;
    *rung = (struct draw_rung){.side = step->side, .bad = step->item->bad};
    draw_arrow(ladder, step, rung);
    ladder->came[step->side] |= step->item->what == DRAW_PACKET_IN;
    return note_set(ladder, step, rung);
}

/* Counts the rung's time, and what the legend has to explain. */
static void rung_count(struct draw_ladder *ladder, struct draw_rung *rung, int64_t time)
{
    if (ladder->first == INT64_MIN)
        ladder->first = ladder->before = time;
    if (time - ladder->before >= IDLE_LEAST)
        rung->idle = time - ladder->before;
    ladder->before = time;
    rung->time = time - ladder->first;
    ladder->captured |= rung->arrow && !rung->inferred;
    ladder->inferred |= rung->arrow && rung->inferred;
    ladder->lost |= rung->arrow && rung->head == HEAD_LOST;
    ladder->unknown |= rung->arrow && rung->head == HEAD_UNKNOWN;
}

int draw_ladder_next(struct draw_ladder *ladder, struct draw_rung *rung)
{
    const struct draw_talk *talk = ladder->talk;
    for (;;) {
        const struct draw_step *step = ladder->at < talk->count ? &talk->steps[ladder->at] : NULL;
        int side = late_side(ladder, step);
        if (side < 0 && !step)
            return 0;
        int64_t time = step ? step->time : 0;
        int result = side >= 0 ? late_take(ladder, side, step, rung, &time) : step_take(ladder, step, rung);
        if (result < 0)
            return -1;
        if (!rung->note && !rung->arrow)
            continue;
        rung_count(ladder, rung, time);
        return 1;
    }
}

void draw_title(const struct draw_talk *talk, int side, char *program, char *address, size_t size)
{
    const struct draw_end *end = talk->end[side];
    const struct draw_conn *conn = talk->conn[side], *other = talk->conn[!side];
    const char *known = "";
    if (conn)
        known = *conn->local ? conn->local : end->listening;
    if (!*known && other)
        known = other->peer;
    snprintf(address, size, "%s", known);
    if (!end)
        snprintf(program, size, other && other->conn ? "(no report)" : "(no peer)");
    else if (end->pid > 0)
        snprintf(program, size, "%s (pid %" PRId64 ")", end->program, end->pid);
    else
        snprintf(program, size, "%s", end->program);
}

void draw_clocks(const struct draw_talk *talk, char *text, size_t size)
{
    *text = '\0';
    if (talk->shift)
        snprintf(text, size,
            "The right clock was moved by %+.6f s, so that nothing is received before it was sent.",
            (double)talk->shift / 1e9);
    else if (talk->end[0] && talk->end[1] && !talk->by_clock)
        snprintf(text, size, "The reports were merged by the time of day of their hosts.");
}
