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

static void items_free(struct draw_item *item)
{
    for (struct draw_item *next; item; item = next) {
        next = item->next;
        free(item->note);
        free(item->label);
        free(item);
    }
}

static void end_free(struct draw_end *end)
{
    for (size_t i = 0; i < end->conn_count; i++)
        items_free(end->conns[i].first);
    free(end->conns);
    free(end);
}

void draw_model_free(struct draw_model *model)
{
    for (size_t i = 0; i < model->end_count; i++)
        end_free(model->ends[i]);
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
    if (conn == 0 && end->whole)
        return &end->conns[end->whole - 1];
    for (size_t i = conn && conn <= end->greatest ? end->conn_count : 0; i > 0; i--)
        if (end->conns[i - 1].conn == conn)
            return &end->conns[i - 1];
    struct draw_conn *conns = array_room(end->conns, end->conn_count, sizeof(*conns));
    if (!conns)
        return NULL;
    end->conns = conns;
    end->conns[end->conn_count] = (struct draw_conn){.conn = conn};
    end->conn_count++;
    end->greatest = conn > end->greatest ? conn : end->greatest;
    if (conn == 0)
        end->whole = end->conn_count;
    return &end->conns[end->conn_count - 1];
}

bool draw_model_has(const struct draw_model *model, unsigned conn)
{
    for (size_t i = 0; i < model->end_count; i++)
        for (size_t j = 0; j < model->ends[i]->conn_count; j++)
            if (model->ends[i]->conns[j].conn == conn)
                return true;
    return false;
}

struct draw_item *draw_item_add(struct draw_model *model, enum draw_what what, unsigned conn, int64_t time)
{
    struct draw_conn *to = draw_conn_of(model->ends[model->end_count - 1], conn);
    struct draw_item *item = to ? calloc(1, sizeof(*item)) : NULL;
    if (!item)
        return NULL;
    item->what = what;
    item->conn = conn;
    item->time = time;
    item->order = model->count++;
    *(to->last ? &to->last->next : &to->first) = item;
    to->last = item;
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
