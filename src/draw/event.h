/* SPDX-License-Identifier: ISC */
/* One event of a report, as items of draw's model. */
#ifndef DRAW_EVENT_H
#define DRAW_EVENT_H

#include <jansson.h>
#include <stddef.h>

#include "draw/model.h"

/* Adds what the event shows to the model. -1 with the reason in error if it is not an event, there is no
 * memory, or a report begins without its start event. Unknown events and fields are passed over. */
int draw_event(struct draw_model *model, const json_t *event, char *error, size_t size);

/* One event while it is read. */
struct draw_reading {
    struct draw_model *model;
    struct draw_end *end;
    const json_t *event;
    int64_t time, lasted; /* lasted: how long the call took from time on, if that is where it began */
    unsigned conn;
    bool failed; /* there was no memory */
};

/* Fields of the event, or of a part of it. What is absent, or of another type, is "", 0 or false. */
const char *draw_text(const json_t *object, const char *key);
int64_t draw_number(const json_t *object, const char *key);
bool draw_true(const json_t *object, const char *key);
int64_t draw_time(const json_t *object, const char *key); /* nanoseconds, or -1 */
/* "127.0.0.1:80", "[::1]:80", a path; "" if it is absent. Returns buffer. */
const char *draw_address(const json_t *object, const char *key, char *buffer, size_t size);

/* A new item of the event's time and connection; note and label become its own, and NULL stands for none.
 * NULL without memory, or if it is outside what is wanted. */
struct draw_item *draw_add(struct draw_reading *reading, enum draw_what what, char *note, char *label);

/* The call events, and the packets. */
void draw_call(struct draw_reading *reading);
void draw_packet(struct draw_reading *reading);

/* Adds bytes that were sent or received: an item that has the next length bytes of the stream. */
struct draw_item *draw_bytes(
    struct draw_reading *reading, enum draw_what what, int64_t length, char *note, char *label);

/* The constant of the kernel's name of a TCP state; NULL if it is not one. */
const char *draw_state(const char *name);

#endif
