/* SPDX-License-Identifier: ISC */
/* The arrow of each rung: a captured packet, or what must have travelled; see arrow.h. */
#include "draw/arrow.h"

/* How many items after a packet say what became of it. */
#define REACH 4096

const struct draw_step *draw_step_find(const struct draw_talk *talk, enum draw_what what, int side)
{
    for (size_t i = 0; i < talk->count; i++)
        if (talk->steps[i].item->what == what && talk->steps[i].side == side)
            return &talk->steps[i];
    return NULL;
}

/* Lost for certain: the other side captured packets before and after it, not this one, and did not
 * acknowledge it before it was sent again. */
static bool packet_is_lost(const struct draw_ladder *ladder, const struct draw_step *step)
{
    const struct draw_talk *talk = ladder->talk;
    const struct draw_item *item = step->item;
    bool later = false;
    if (!talk->end[!step->side] || !talk->end[!step->side]->wired || !ladder->came[!step->side])
        return false;
    for (size_t i = ladder->at; i < talk->count && i - ladder->at < REACH; i++) {
        const struct draw_item *next = talk->steps[i].item;
        bool other = talk->steps[i].side != step->side;
        later = later || (other && next->what == DRAW_PACKET_IN);
        if (!other && next->what == DRAW_PACKET_OUT && next->again && next->from == item->from)
            return true;
        if (other && next->what == DRAW_PACKET_OUT && next->ack >= item->to)
            return false;
    }
    return later;
}

static void packet_arrow(
    const struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    bool out = step->item->what == DRAW_PACKET_OUT;
    if (!out && step->partner)
        return;
    rung->arrow = (step->side == 0) == out ? 1 : -1;
    if (!out || step->partner)
        return;
    if (packet_is_lost(ladder, step))
        rung->head = HEAD_LOST;
    else if (step->item->syn && draw_step_find(ladder->talk, DRAW_SILENT, step->side))
        rung->head = HEAD_UNKNOWN;
}

/* An arrow from the step's side, or to it. */
static void arrow_from(const struct draw_step *step, struct draw_rung *rung)
{
    rung->arrow = step->side == 0 ? 1 : -1;
}

static void arrow_to(const struct draw_step *step, struct draw_rung *rung, const char *label)
{
    rung->arrow = step->side == 0 ? -1 : 1;
    rung->label = label;
}

static void syn_arrow(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    const struct draw_talk *talk = ladder->talk;
    bool silent = draw_step_find(talk, DRAW_SILENT, step->side) != NULL;
    bool heard = draw_step_find(talk, DRAW_CONNECTED, step->side) ||
                 draw_step_find(talk, DRAW_REFUSED, step->side) || step->partner;
    if (talk->end[step->side]->datagrams || (!heard && !silent))
        return;
    arrow_from(step, rung);
    rung->label = talk->conn[step->side]->inet ? "SYN" : "connects";
    rung->head = heard ? HEAD_WHOLE : HEAD_UNKNOWN;
    ladder->asked[step->side] = talk->conn[step->side]->inet;
}

void draw_greeting(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    if (!ladder->asked[step->side] || ladder->greeted[step->side])
        return;
    ladder->greeted[step->side] = true;
    arrow_to(step, rung, "SYN ACK");
}

/* Whether the other side had ended before, so that it does not report what comes. Nothing between two sockets
 * of one host takes away what the kernel sends again until it is acknowledged. */
static bool has_gone(const struct draw_talk *talk, int side)
{
    bool ended = draw_step_find(talk, DRAW_FIN, !side) || draw_step_find(talk, DRAW_EOF, side);
    return talk->by_clock && ended && !draw_step_find(talk, DRAW_BROKEN, side) &&
           !draw_step_find(talk, DRAW_BROKEN, !side);
}

/* The end of data, or a reset in its place. */
static void fin_arrow(const struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    const struct draw_talk *talk = ladder->talk;
    bool open =
        draw_step_find(talk, DRAW_CONNECTED, step->side) || draw_step_find(talk, DRAW_ACCEPTED, step->side);
    if (talk->end[step->side]->datagrams || !open)
        return;
    arrow_from(step, rung);
    if (step->partner || !talk->end[!step->side] || ladder->arrived[step->side] || has_gone(talk, step->side))
        return;
    if (draw_step_find(talk, DRAW_BROKEN, !step->side)) {
        rung->form = FORM_RESET;
        rung->label = "reset";
    } else {
        rung->head = HEAD_UNKNOWN;
    }
}

/* Whether no report shows the cause of what came: there is none of that side, or it is broken off. */
static bool has_no_cause(const struct draw_ladder *ladder, const struct draw_step *step)
{
    if (!ladder->talk->end[!step->side])
        return true;
    return !step->partner && (step->item->what == DRAW_EOF || step->item->from >= ladder->sent[!step->side]);
}

/* What must have travelled, for want of packets. */
static void inferred_arrow(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    const char *label = step->item->label;
    rung->inferred = true;
    switch (step->item->what) {
    case DRAW_SYN: syn_arrow(ladder, step, rung); break;
    case DRAW_CONNECTED: draw_greeting(ladder, step, rung); break;
    case DRAW_FIN: fin_arrow(ladder, step, rung); break;
    case DRAW_SEND:
        arrow_from(step, rung);
        if (!step->partner && ladder->talk->end[!step->side] && !ladder->arrived[step->side])
            rung->head = HEAD_UNKNOWN;
        break;
    case DRAW_RECEIVE:
        if (has_no_cause(ladder, step))
            arrow_to(step, rung, label ? label : "data");
        break;
    case DRAW_EOF:
        if (has_no_cause(ladder, step))
            arrow_to(step, rung, "end of data");
        break;
    case DRAW_REFUSED:
        arrow_to(step, rung, "refused");
        rung->form = FORM_RESET;
        break;
    default: break;
    }
}

void draw_arrow(struct draw_ladder *ladder, const struct draw_step *step, struct draw_rung *rung)
{
    const struct draw_item *item = step->item;
    rung->label = item->label;
    rung->form = item->form;
    if (item->what == DRAW_PACKET_OUT || item->what == DRAW_PACKET_IN)
        packet_arrow(ladder, step, rung);
    else if (!ladder->packets && item->what != DRAW_NOTE)
        inferred_arrow(ladder, step, rung);
    if (ladder->level == DRAW_STATES &&
        (item->what == DRAW_SEND || item->what == DRAW_RECEIVE ||
            (item->label && rung->arrow && !rung->inferred && !item->control)))
        rung->arrow = 0;
}
