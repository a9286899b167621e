/* SPDX-License-Identifier: ISC */
/* The rungs of a ladder; see ladder.h. */
#include "draw/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* A pause that is worth a line. */
#define IDLE_LEAST (NS_PER_S / 2)
/* An accept so long after the handshake is late. */
#define LATE_LEAST (NS_PER_S / 10)
/* How many items after a packet say what became of it. */
#define REACH      4096

void draw_ladder_begin(struct draw_ladder *ladder, const struct draw_talk *talk, enum draw_level level)
{
    *ladder = (struct draw_ladder){.talk = talk, .level = level, .first = INT64_MIN, .before = INT64_MIN};
}

static const struct draw_item *item_find(const struct draw_talk *talk, enum draw_what what, int side)
{
    for (size_t i = 0; i < talk->count; i++)
        if (talk->items[i]->what == what && talk->sides[i] == side)
            return talk->items[i];
    return NULL;
}

static bool has_packets(const struct draw_talk *talk)
{
    return (talk->conn[0] && talk->conn[0]->packets) || (talk->conn[1] && talk->conn[1]->packets);
}

/* Lost for certain: the other side captured packets before and after it, not this one, and did not
 * acknowledge it before it was sent again. */
static bool packet_is_lost(const struct draw_ladder *ladder, const struct draw_item *item)
{
    const struct draw_talk *talk = ladder->talk;
    bool later = false;
    if (!talk->end[!item->side] || !talk->end[!item->side]->wired || !ladder->came[!item->side])
        return false;
    for (size_t i = ladder->at; i < talk->count && i - ladder->at < REACH; i++) {
        const struct draw_item *next = talk->items[i];
        bool other = next->side != item->side;
        later = later || (other && next->what == DRAW_PACKET_IN);
        if (!other && next->what == DRAW_PACKET_OUT && next->again && next->from == item->from)
            return true;
        if (other && next->what == DRAW_PACKET_OUT && next->ack >= item->to)
            return false;
    }
    return later;
}

static void packet_arrow(
    const struct draw_ladder *ladder, const struct draw_item *item, struct draw_rung *rung)
{
    bool out = item->what == DRAW_PACKET_OUT;
    if (!out && item->partner)
        return;
    rung->arrow = (item->side == 0) == out ? 1 : -1;
    if (!out || item->partner)
        return;
    if (packet_is_lost(ladder, item))
        rung->head = HEAD_LOST;
    else if (item->syn && item_find(ladder->talk, DRAW_SILENT, item->side))
        rung->head = HEAD_UNKNOWN;
}

static void syn_arrow(const struct draw_talk *talk, const struct draw_item *item, struct draw_rung *rung)
{
    bool silent = item_find(talk, DRAW_SILENT, item->side) != NULL;
    bool heard = item_find(talk, DRAW_CONNECTED, item->side) || item_find(talk, DRAW_REFUSED, item->side) ||
                 item->partner;
    if (talk->end[item->side]->datagrams || (!heard && !silent))
        return;
    rung->arrow = item->side == 0 ? 1 : -1;
    rung->label = "connects";
    rung->head = heard ? HEAD_WHOLE : HEAD_UNKNOWN;
}

/* The end of data, or a reset in its place. */
static void fin_arrow(const struct draw_talk *talk, const struct draw_item *item, struct draw_rung *rung)
{
    bool open = item_find(talk, DRAW_CONNECTED, item->side) || item_find(talk, DRAW_ACCEPTED, item->side);
    if (talk->end[item->side]->datagrams || !open)
        return;
    rung->arrow = item->side == 0 ? 1 : -1;
    if (item->partner || !talk->end[!item->side])
        return;
    if (item_find(talk, DRAW_BROKEN, !item->side)) {
        rung->form = FORM_RESET;
        rung->label = "reset";
    } else {
        rung->head = HEAD_UNKNOWN;
    }
}

/* What must have travelled, for want of packets. */
static void inferred_arrow(const struct draw_talk *talk, const struct draw_item *item, struct draw_rung *rung)
{
    rung->inferred = true;
    switch (item->what) {
    case DRAW_SYN: syn_arrow(talk, item, rung); break;
    case DRAW_FIN: fin_arrow(talk, item, rung); break;
    case DRAW_SEND:
        rung->arrow = item->side == 0 ? 1 : -1;
        if (!item->partner && talk->end[!item->side])
            rung->head = HEAD_UNKNOWN;
        break;
    case DRAW_RECEIVE:
        /* What came from a side without a report. */
        if (!talk->end[!item->side]) {
            rung->arrow = item->side == 0 ? -1 : 1;
            rung->label = item->label ? item->label : "data";
        }
        break;
    case DRAW_EOF:
        if (!talk->end[!item->side]) {
            rung->arrow = item->side == 0 ? -1 : 1;
            rung->label = "end of data";
        }
        break;
    case DRAW_REFUSED:
        rung->arrow = item->side == 0 ? -1 : 1;
        rung->form = FORM_RESET;
        rung->label = "refused";
        break;
    default: break;
    }
}

static void arrow_set(struct draw_ladder *ladder, const struct draw_item *item, struct draw_rung *rung)
{
    rung->label = item->label;
    rung->form = item->form;
    if (item->what == DRAW_PACKET_OUT || item->what == DRAW_PACKET_IN)
        packet_arrow(ladder, item, rung);
    else if (!has_packets(ladder->talk) && item->what != DRAW_NOTE)
        inferred_arrow(ladder->talk, item, rung);
    if (ladder->level == DRAW_STATES &&
        (item->what == DRAW_SEND || item->what == DRAW_RECEIVE ||
            (item->label && rung->arrow && !rung->inferred && !item->control)))
        rung->arrow = 0;
}

/* "accepted", and how long the connection had waited for it. */
static char *accepted_note(const struct draw_talk *talk, const struct draw_item *item)
{
    char late[DURATION_TEXT_MAX];
    const struct draw_item *connected = item_find(talk, DRAW_CONNECTED, !item->side);
    if (!connected || item->time - connected->time < LATE_LEAST)
        return NULL;
    return draw_format("%s, %s after the handshake", item->note,
        duration_text(item->time - connected->time, late, sizeof(late)));
}

/* The note with the state that changed; NULL if neither is to be shown. -1 without memory. */
static int note_set(struct draw_ladder *ladder, const struct draw_item *item, struct draw_rung *rung)
{
    const char **last = &ladder->states[item->side][item->conn != 0];
    const char *state = item->is_state ? item->note : item->state;
    bool moves = item->what == DRAW_SEND || item->what == DRAW_RECEIVE;
    const char *note = item->is_state || (moves && ladder->level == DRAW_STATES) ? NULL : item->note;
    bool changed = state && (!*last || strcmp(*last, state) != 0);
    char *late = item->what == DRAW_ACCEPTED && note ? accepted_note(ladder->talk, item) : NULL;
    if (late) {
        note = late;
        rung->bad = true;
    }
    if (changed)
        rung->state = *last = state;
    if (note || changed)
        rung->note =
            draw_format("%s%s%s", note ? note : "", note && changed ? "  " : "", changed ? state : "");
    int result = (note || changed) && !rung->note ? -1 : 0;
    free(late);
    return result;
}

int draw_ladder_next(struct draw_ladder *ladder, struct draw_rung *rung)
{
    while (ladder->at < ladder->talk->count) {
        const struct draw_item *item = ladder->talk->items[ladder->at++];
        *rung = (struct draw_rung){.side = item->side, .bad = item->bad};
        arrow_set(ladder, item, rung);
        ladder->came[item->side] |= item->what == DRAW_PACKET_IN;
        if (note_set(ladder, item, rung) < 0)
            return -1;
        if (!rung->note && !rung->arrow)
            continue;
        if (ladder->first == INT64_MIN)
            ladder->first = ladder->before = item->time;
        if (item->time - ladder->before >= IDLE_LEAST)
            rung->idle = item->time - ladder->before;
        ladder->before = item->time;
        rung->time = item->time - ladder->first;
        ladder->captured |= rung->arrow && !rung->inferred;
        ladder->inferred |= rung->arrow && rung->inferred;
        ladder->lost |= rung->arrow && rung->head == HEAD_LOST;
        ladder->unknown |= rung->arrow && rung->head == HEAD_UNKNOWN;
        return 1;
    }
    return 0;
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
        snprintf(program, size, "(no report)");
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
