/* SPDX-License-Identifier: ISC */
/* Conversations: pairs of connections by their addresses, merged by clock or by what causes what; see
 * merge.h. */
#include "draw/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "draw/match.h"

/* Clocks of one host, read a moment apart, agree with its wall clock within this. */
#define CLOCK_SLACK (10 * NS_PER_MS)

/* An unknown address may be any, one without a host may be each of a host. */
static bool address_matches(const char *a, const char *b)
{
    const char *port_a = strrchr(a, ':'), *port_b = strrchr(b, ':');
    if (!*a || !*b || strcmp(a, b) == 0)
        return true;
    bool wild = strncmp(a, "0.0.0.0:", 8) == 0 || strncmp(b, "0.0.0.0:", 8) == 0 ||
                strncmp(a, "[::]:", 5) == 0 || strncmp(b, "[::]:", 5) == 0;
    return wild && port_a && port_b && strcmp(port_a, port_b) == 0;
}

/* Whether the two saw one connection. At least one address has to say so. */
static bool conns_match(const struct draw_conn *a, const struct draw_conn *b)
{
    bool known = (*a->peer && *b->local) || (*a->local && *b->peer);
    return known && address_matches(a->peer, b->local) && address_matches(a->local, b->peer);
}

/* A listener that accepted nothing is the other side of each that connects to it. */
static void listener_find(struct draw_model *model, struct draw_talk *talk)
{
    for (size_t i = 0; i < model->end_count && !talk->end[1]; i++) {
        struct draw_end *end = model->ends[i];
        bool idle = end->conn_count == 0 || (end->conn_count == 1 && end->conns[0].conn == 0);
        if (!idle || !*end->listening || !*talk->conn[0]->peer ||
            !address_matches(end->listening, talk->conn[0]->peer))
            continue;
        talk->conn[1] = draw_conn_of(end, 0);
        if (!talk->conn[1])
            return;
        talk->conn[1]->paired = true;
        talk->end[1] = end;
    }
}

/* Moves on to the first connection that a conversation may still take: not one of the whole end, unless that
 * is all the end has. */
static void conns_skip(struct draw_end *end)
{
    bool alone = end->conn_count == 1;
    while (end->paired < end->conn_count &&
           (end->conns[end->paired].paired || (!alone && !end->conns[end->paired].conn)))
        end->paired++;
}

static void partner_find(struct draw_model *model, struct draw_talk *talk)
{
    for (size_t i = 0; i < model->end_count; i++) {
        struct draw_end *end = model->ends[i];
        conns_skip(end);
        for (size_t j = end->paired; end != talk->end[0] && j < end->conn_count; j++) {
            struct draw_conn *conn = &end->conns[j];
            if (!conn->conn || conn->paired || !conns_match(talk->conn[0], conn))
                continue;
            conn->paired = true;
            talk->end[1] = end;
            talk->conn[1] = conn;
            return;
        }
    }
    listener_find(model, talk);
}

/* The next connection that no conversation has; of an end without any, the end itself. */
static bool conn_next(struct draw_model *model, struct draw_talk *talk)
{
    for (size_t i = 0; i < model->end_count; i++) {
        struct draw_end *end = model->ends[i];
        bool alone = end->conn_count == 1;
        conns_skip(end);
        for (size_t j = end->paired; j < end->conn_count; j++) {
            struct draw_conn *conn = &end->conns[j];
            if (conn->paired || (!alone && !conn->conn) ||
                (model->only && conn->conn && conn->conn != model->only))
                continue;
            conn->paired = true;
            talk->end[0] = end;
            talk->conn[0] = conn;
            return true;
        }
    }
    return false;
}

/* The side of an item of a connection on side; -1 if the conversation has a better report of it. */
static int item_side(const struct draw_talk *talk, const struct draw_item *item, int side)
{
    if (!item->of_peer)
        return side;
    return talk->end[!side] ? -1 : !side;
}

/* The items of a conversation, in the order of their reading: those of two connections and of their ends. */
struct sources {
    const struct draw_item *next[4];
    int side[4];
    size_t count;
};

static void sources_begin(const struct draw_talk *talk, struct sources *sources)
{
    *sources = (struct sources){.count = 0};
    for (int side = 0; side < 2; side++) {
        const struct draw_end *end = talk->end[side];
        const struct draw_conn *conns[2] = {talk->conn[side], NULL};
        if (end && end->whole && conns[0]->conn)
            conns[1] = &end->conns[end->whole - 1];
        for (size_t i = 0; i < array_size(conns); i++)
            if (conns[i]) {
                sources->next[sources->count] = conns[i]->first;
                sources->side[sources->count++] = side;
            }
    }
}

/* The next item, with its side; NULL at the end. */
static const struct draw_item *sources_next(struct sources *sources, int *side)
{
    size_t best = sources->count;
    for (size_t i = 0; i < sources->count; i++)
        if (sources->next[i] &&
            (best == sources->count || sources->next[i]->order < sources->next[best]->order))
            best = i;
    if (best == sources->count)
        return NULL;
    const struct draw_item *item = sources->next[best];
    *side = sources->side[best];
    sources->next[best] = item->next;
    return item;
}

static int steps_take(struct draw_talk *talk)
{
    struct sources sources;
    size_t count = 0;
    int side;
    sources_begin(talk, &sources);
    while (sources_next(&sources, &side))
        count++;
    talk->steps = calloc(count + 1, sizeof(*talk->steps));
    if (!talk->steps)
        return -1;
    sources_begin(talk, &sources);
    for (const struct draw_item *item; (item = sources_next(&sources, &side));) {
        int drawn = item_side(talk, item, side);
        if (drawn >= 0)
            talk->steps[talk->count++] =
                (struct draw_step){.item = item, .time = item->time, .side = (unsigned char)drawn};
    }
    return 0;
}

/* The connecting side is the left one; alone, it has the other to its right. */
static void sides_order(struct draw_talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        const struct draw_item *item = talk->steps[i].item;
        bool left = item->what == DRAW_SYN || item->what == DRAW_CONNECTED;
        if (!item->conn || (!left && item->what != DRAW_ACCEPTED))
            continue;
        if (left != (talk->steps[i].side == 0)) {
            struct draw_end *end = talk->end[0];
            struct draw_conn *conn = talk->conn[0];
            talk->end[0] = talk->end[1];
            talk->conn[0] = talk->conn[1];
            talk->end[1] = end;
            talk->conn[1] = conn;
            for (size_t j = 0; j < talk->count; j++)
                talk->steps[j].side = !talk->steps[j].side;
        }
        return;
    }
}

/* Puts both reports on one clock: the monotonic one if they are of one host, else that of the wall. */
static void clocks_merge(struct draw_talk *talk)
{
    int64_t base[2] = {0, 0};
    const struct draw_end *const *end = (const struct draw_end *const *)talk->end;
    if (!end[0] || !end[1])
        return;
    base[1] = end[1]->wall - end[0]->wall;
    if (end[0]->clock >= 0 && end[1]->clock >= 0) {
        int64_t monotonic = end[1]->clock - end[0]->clock;
        talk->by_clock = llabs(monotonic - base[1]) < CLOCK_SLACK;
        base[1] = talk->by_clock ? monotonic : base[1];
    }
    for (size_t i = 0; i < talk->count; i++)
        talk->steps[i].time += base[talk->steps[i].side];
}

/* Moves the right side's clock as little as is needed so that nothing is received before it was sent. */
static void causes_merge(struct draw_talk *talk)
{
    int64_t least = INT64_MIN, most = INT64_MAX;
    for (size_t i = 0; i < talk->count; i++) {
        const struct draw_step *step = &talk->steps[i];
        if (!step->partner || !draw_causes(step->item))
            continue;
        int64_t gap = step->time - step->partner->time;
        if (step->side == 0 && gap > least)
            least = gap;
        if (step->side == 1 && -gap < most)
            most = -gap;
    }
    if (least > 0)
        talk->shift = most < least ? least + (most - least) / 2 : least;
    else if (most < 0)
        talk->shift = least > most ? most + (least - most) / 2 : most;
    for (size_t i = 0; i < talk->count; i++)
        if (talk->steps[i].side == 1)
            talk->steps[i].time += talk->shift;
}

static int steps_compare(const void *a, const void *b)
{
    const struct draw_step *first = a, *second = b;
    if (first->time != second->time)
        return first->time < second->time ? -1 : 1;
    if (draw_causes(first->item) != draw_causes(second->item))
        return draw_causes(first->item) ? -1 : 1;
    return first->item->order < second->item->order ? -1 : first->item->order > second->item->order;
}

/* What was reported only after the other end had seen it was done before. */
static void causes_first(const struct draw_talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        struct draw_step *step = &talk->steps[i];
        if (step->partner && draw_causes(step->item) && step->partner->time < step->time)
            step->time = step->partner->time;
    }
}

int draw_talk_next(struct draw_model *model, struct draw_talk *talk)
{
    *talk = (struct draw_talk){.count = 0};
    if (!conn_next(model, talk))
        return 0;
    if (talk->conn[0]->conn)
        partner_find(model, talk);
    if (steps_take(talk) < 0) {
        draw_talk_free(talk);
        return -1;
    }
    sides_order(talk);
    clocks_merge(talk);
    draw_match(talk);
    if (!talk->by_clock)
        causes_merge(talk);
    causes_first(talk);
    qsort(talk->steps, talk->count, sizeof(struct draw_step), steps_compare);
    return 1;
}

void draw_talk_rewind(struct draw_model *model)
{
    for (size_t i = 0; i < model->end_count; i++) {
        struct draw_end *end = model->ends[i];
        end->paired = 0;
        for (size_t j = 0; j < end->conn_count; j++)
            end->conns[j].paired = false;
    }
}

void draw_talk_free(struct draw_talk *talk)
{
    free(talk->steps);
}
