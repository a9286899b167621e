/* SPDX-License-Identifier: ISC */
/* The model of draw; see model.h. */
#include "draw/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

static void item_free(struct draw_item *item)
{
    free(item->note);
    free(item->label);
    free(item);
}

void draw_model_free(struct draw_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        item_free(model->items[i]);
    for (size_t i = 0; i < model->end_count; i++) {
        free(model->ends[i]->conns);
        free(model->ends[i]);
    }
    free(model->items);
    *model = (struct draw_model){.level = model->level};
}

struct draw_end *draw_end_add(struct draw_model *model)
{
    if (model->end_count == DRAW_ENDS) {
        errno = EMFILE;
        return NULL;
    }
    struct draw_end *end = calloc(1, sizeof(*end));
    if (end) {
        end->clock = -1;
        end->last_fd = -1;
        model->ends[model->end_count++] = end;
    }
    return end;
}

struct draw_conn *draw_conn_of(struct draw_end *end, unsigned conn)
{
    for (size_t i = end->conn_count; i > 0; i--)
        if (end->conns[i - 1].conn == conn)
            return &end->conns[i - 1];
    struct draw_conn *conns = array_room(end->conns, end->conn_count, sizeof(*conns));
    if (!conns)
        return NULL;
    end->conns = conns;
    end->conns[end->conn_count] = (struct draw_conn){.conn = conn};
    return &end->conns[end->conn_count++];
}

struct draw_item *draw_item_add(struct draw_model *model, enum draw_what what, unsigned conn, int64_t time)
{
    struct draw_item **items = array_room(model->items, model->count, sizeof(*items));
    if (!items)
        return NULL;
    model->items = items;
    struct draw_item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->what = what;
    item->conn = conn;
    item->time = time;
    item->order = model->count;
    item->end = (unsigned)model->end_count - 1;
    model->items[model->count++] = item;
    return item;
}

char *draw_clean(const char *text)
{
    char *copy = malloc(4 * strlen(text) + 1), *at = copy;
    if (!copy)
        return NULL;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= ' ' && byte < 127)
            *at++ = (char)byte;
        else
            at += sprintf(at, "\\%03o", byte);
    }
    *at = '\0';
    return copy;
}

char *draw_format(const char *format, ...)
{
    cleanup_free char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return text ? draw_clean(text) : NULL;
}
