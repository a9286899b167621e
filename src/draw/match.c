/* Pairs items: packets by their numbers, bytes by their offsets, ends by their order; see match.h. */
#include "draw/match.h"

#include <string.h>

/* How many later items of the other side are asked for a partner that is out of order. */
#define REACH 256

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
    case DRAW_PACKET_OUT: return DRAW_PACKET_IN;
    default: return DRAW_NOTE;
    }
}

/* Whether effect may be what came of cause, which is its kind. */
static bool pair_fits(const struct draw_item *cause, const struct draw_item *effect)
{
    if (cause->what == DRAW_PACKET_OUT)
        return cause->from == effect->from && cause->to == effect->to && cause->ack == effect->ack &&
               strcmp(cause->label, effect->label) == 0;
    if (cause->what == DRAW_SEND && effect->datagram)
        return cause->to - cause->from == effect->to - effect->from;
    return cause->what != DRAW_SEND || effect->to >= cause->to;
}

/* Several sends may end in one receive of a stream; everything else has one partner at most. */
static void side_match(struct draw_talk *talk, enum draw_what what, unsigned char side)
{
    size_t at = 0;
    for (size_t i = 0; i < talk->count; i++) {
        struct draw_item *cause = talk->items[i];
        if (cause->what != what || talk->sides[i] != side)
            continue;
        while (at < talk->count && (talk->items[at]->what != partner_what(what) || talk->sides[at] == side ||
                                       (what == DRAW_PACKET_OUT && talk->items[at]->partner)))
            at++;
        for (size_t j = at, tried = 0; j < talk->count && tried < REACH; j++) {
            struct draw_item *effect = talk->items[j];
            if (effect->what != partner_what(what) || talk->sides[j] == side)
                continue;
            bool shares = what == DRAW_SEND && !effect->datagram;
            if (effect->partner && !shares)
                continue;
            tried++;
            if (!pair_fits(cause, effect)) {
                /* What does not reach this far reaches none of the later ones. */
                at = shares ? j + 1 : at;
                tried -= shares;
                continue;
            }
            cause->partner = effect;
            effect->partner = cause;
            at = what == DRAW_PACKET_OUT ? at : j;
            break;
        }
    }
}

void draw_match(struct draw_talk *talk)
{
    static const enum draw_what causes[] = {DRAW_SYN, DRAW_SEND, DRAW_FIN, DRAW_PACKET_OUT};
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        for (unsigned char side = 0; side < 2; side++)
            side_match(talk, causes[i], side);
}
