/* SPDX-License-Identifier: ISC */
/* Items of the event that is being read; see event.h. */
#include <stdlib.h>

#include "draw/event.h"

struct draw_item *draw_add(struct draw_reading *reading, enum draw_what what, char *note, char *label)
{
    const struct draw_model *model = reading->model;
    bool wanted = (!model->only || !reading->conn || reading->conn == model->only) &&
                  reading->time >= model->from && reading->time <= model->to;
    struct draw_item *item = NULL;
    if (wanted && !(item = draw_item_add(reading->model, what, reading->conn, reading->time)))
        reading->failed = true;
    if (!item) {
        free(note);
        free(label);
        return NULL;
    }
    item->note = note;
    item->label = label;
    item->lasted = reading->lasted;
    item->state = draw_state(draw_text(reading->event, "state"));
    return item;
}

struct draw_item *draw_bytes(
    struct draw_reading *reading, enum draw_what what, int64_t length, char *note, char *label)
{
    struct draw_conn *conn = draw_conn_of(reading->end, reading->conn);
    struct draw_item *item = draw_add(reading, what, note, label);
    if (!conn || length < 0)
        return item;
    uint64_t *count = what == DRAW_SEND ? &conn->sent : &conn->received;
    if (item) {
        item->from = *count;
        item->to = *count + (uint64_t)length;
    }
    *count += (uint64_t)length;
    return item;
}
