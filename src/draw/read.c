/* SPDX-License-Identifier: ISC */
/* Reads reports line by line; see read.h. Nothing but the items that are drawn stays in memory. */
#include "draw/read.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/input.h"
#include "base/passes.h"
#include "draw/event.h"

/* No event is as long as that. */
#define LINE_MOST ((size_t)16 << 20)

static void object_free(json_t **object)
{
    json_decref(*object);
}

int draw_read_line(struct draw_model *model, const char *line, size_t length, char *error, size_t size)
{
    json_error_t where;
    errno = 0;
    __attribute__((cleanup(object_free))) json_t *object = json_loadb(line, length, 0, &where);
    if (!object && errno == ENOMEM) {
        snprintf(error, size, "%s", strerror(ENOMEM)); /* jansson calls it a fault of the text */
        return -1;
    }
    if (!object) {
        cleanup_free char *text = draw_clean(where.text);
        snprintf(error, size, "not JSON: %s (column %d)", text ? text : "", where.column);
        return -1;
    }
    return draw_event(model, object, error, size);
}

/* Puts the file and the line before the reason. */
static int read_fail(const char *name, size_t number, const char *reason, char *error, size_t size)
{
    snprintf(error, size, "%s:%zu: %s", name, number, reason);
    return -1;
}

int draw_read(struct draw_model *model, int fd, const char *name, char *error, size_t size)
{
    struct input_lines lines = {.fd = fd};
    char reason[512];
    size_t number = 0, ends = model->end_count, length;
    unsigned tries = 0;
    int more = 1, result = 0;
    while (result == 0 && more > 0) {
        more = input_fill(&lines);
        if (more < 0 && passes(&tries)) {
            struct pollfd readable = {.fd = fd, .events = POLLIN};
            poll(&readable, 1, -1); /* a pipe that its other user made non-blocking */
            more = 1;
            continue;
        }
        tries = 0;
        if (more < 0) {
            result = read_fail(name, number + 1, strerror(errno), error, size);
            break;
        }
        for (char *line; result == 0 && ((line = input_line(&lines, &length)) ||
                                            (more == 0 && (line = input_rest(&lines, &length))));) {
            number++;
            if (number == 1)
                model->begun = false;
            if (draw_read_line(model, line, length, reason, sizeof(reason)) < 0)
                result = read_fail(name, number, reason, error, size);
        }
        if (lines.end - lines.start > LINE_MOST)
            result = read_fail(name, number + 1, "the line is too long for an event", error, size);
    }
    free(lines.bytes);
    if (result == 0 && model->end_count == ends)
        result = read_fail(name, 1, "the report is empty", error, size);
    return result;
}
