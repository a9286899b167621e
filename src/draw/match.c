/* SPDX-License-Identifier: ISC */
/* Pairs items: packets by their numbers, bytes by their offsets, ends by their order; see match.h. */
#include "draw/match.h"

#include <string.h>

#include "base/number.h"

/* How many later items of the other side are asked for a partner that is out of order. */
#define REACH       256
/* How far apart the time stamps of one packet may be at its two ends. */
#define STAMP_SLACK (NS_PER_MS / 10)

bool draw_causes(const struct draw_item *item)
{
    return item->what == DRAW_SYN || item->what == DRAW_SEND || item->what == DRAW_FIN ||
           item->what == DRAW_PACKET_OUT;
}

static enum draw_what partner_what(enum draw_what what)
{
    switch (what) {
    case DRAW_SYN: return DRAW_ACCEPTED;
    case DRAW_SEND: return DRAW_RECEIVE;
    case DRAW_FIN: return DRAW_EOF;
    default: return DRAW_NOTE;
    }
}

/* Only one of the two ends may know that a segment was sent again. */
static bool labels_match(const struct draw_item *a, const struct draw_item *b)
{
    size_t mark = strlen(DRAW_AGAIN);
    size_t length_a = strlen(a->label) - (a->again ? mark : 0);
    size_t length_b = strlen(b->label) - (b->again ? mark : 0);
    return length_a == length_b && memcmp(a->label, b->label, length_a) == 0;
}

/* Whether effect may be what came of cause, which is its kind. */
static bool pair_fits(const struct draw_item *cause, const struct draw_item *effect)
{
    if (cause->what == DRAW_PACKET_OUT)
        return cause->from == effect->from && cause->to == effect->to && cause->ack == effect->ack &&
               labels_match(cause, effect);
    if (cause->what == DRAW_SEND && effect->datagram)
        return cause->to - cause->from == effect->to - effect->from;
    return cause->what != DRAW_SEND || effect->to >= cause->to;
}

static void steps_pair(struct draw_step *cause, struct draw_step *effect)
{
    cause->partner = effect;
    effect->partner = cause;
}

/* Several sends may end in one receive of a stream; everything else has one partner at most. */
static void side_match(struct draw_talk *talk, enum draw_what what, unsigned char side)
{
    struct draw_step *steps = talk->steps;
    size_t at = 0;
    for (size_t i = 0; i < talk->count; i++) {
        if (steps[i].item->what != what || steps[i].side != side)
            continue;
        while (at < talk->count && (steps[at].item->what != partner_what(what) || steps[at].side == side))
            at++;
        for (size_t j = at, tried = 0; j < talk->count && tried < REACH; j++) {
            if (steps[j].item->what != partner_what(what) || steps[j].side == side)
                continue;
            bool shares = what == DRAW_SEND && !steps[j].item->datagram;
            if (steps[j].partner && !shares)
                continue;
            tried++;
            if (!pair_fits(steps[i].item, steps[j].item)) {
                /* What does not reach this far reaches none of the later ones. */
                at = shares ? j + 1 : at;
                tried -= shares;
                continue;
            }
            steps_pair(&steps[i], &steps[j]);
            at = j;
            break;
        }
    }
}

/* From the last to the first: of a segment that was sent several times and came once, the last one came. */
static void packets_match(struct draw_talk *talk, unsigned char side)
{
    struct draw_step *steps = talk->steps;
    size_t end = talk->count;
    for (size_t i = talk->count; i > 0; i--) {
        struct draw_step *cause = &steps[i - 1];
        if (cause->item->what != DRAW_PACKET_OUT || cause->side != side)
            continue;
        while (end > 0 && (steps[end - 1].item->what != DRAW_PACKET_IN || steps[end - 1].side == side ||
                              steps[end - 1].partner))
            end--;
        for (size_t j = end, tried = 0; j > 0 && tried < REACH; j--) {
            struct draw_step *effect = &steps[j - 1];
            if (effect->item->what != DRAW_PACKET_IN || effect->side == side || effect->partner)
                continue;
            tried++;
            if (!pair_fits(cause->item, effect->item) ||
                (talk->by_clock && effect->time + STAMP_SLACK < cause->time))
                continue;
            steps_pair(cause, effect);
            break;
        }
    }
}

void draw_match(struct draw_talk *talk)
{
    static const enum draw_what causes[] = {DRAW_SYN, DRAW_SEND, DRAW_FIN};
    for (unsigned char side = 0; side < 2; side++) {
        for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
            side_match(talk, causes[i], side);
        packets_match(talk, side);
    }
}
