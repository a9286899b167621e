/* SPDX-License-Identifier: ISC */
/* The pure parts of draw: wrapping, cleaning, and what a report's lines become. */
#include "draw/merge.h"
#include "draw/read.h"
#include "draw/wrap.h"

#include <stdlib.h>

#include "tap.h"

static void test_wrap(void)
{
    const char *text = "one two three";
    is_int((intmax_t)draw_wrap(&text, 8), 7, "a line ends at a blank");
    is_str(text, "three", "which is not on the next line");
    is_int((intmax_t)draw_wrap(&text, 3), 3, "a word that is too long is cut");
    is_str(text, "ee", "and goes on");
    is_int((intmax_t)draw_wrap(&text, 3), 2, "the rest");
    is_int((intmax_t)draw_wrap(&text, 3), 0, "then nothing");
}

static void test_clean(void)
{
    char *text = draw_clean("a\033\377b\\");
    is_str(text, "a\\033\\377b\\", "bytes that are not printable ASCII become escapes");
    free(text);
}

static int line_read(struct draw_model *model, const char *line)
{
    char error[256];
    return draw_read_line(model, line, strlen(line), error, sizeof(error));
}

#define ADDRESS(port) "{\"host\":\"127.0.0.1\",\"port\":" port "}"

static void test_wrong(void)
{
    struct draw_model model = {.to = INT64_MAX};
    is_int(line_read(&model, "{\"event\":\"eof\",\"time\":1}"), -1, "an event before the start");
    is_int(line_read(&model, "{\"event\":\"start\",\"time\":-1}"), -1, "a time before the start");
    is_int(line_read(&model, "{\"event\":1,\"time\":1}"), -1, "a kind that is a number");
    is_int(line_read(&model, "{\"event\":\"start\",\"time\":1e300}"), -1, "a time beyond all clocks");
    is_int(line_read(&model, "{\"event\":\"start\",\"time\":0}"), 0, "a start without more");
    is_int(line_read(&model, "{\"event\":\"call\",\"time\":0,\"fd\":99999999,\"call\":[],\"args\":{}}"), 0,
        "fields of a foreign type are absent");
    is_int(line_read(&model, "{\"event\":\"eof\",\"time\":0,\"conn\":-1}"), -1, "a negative connection");
    draw_model_free(&model);
}

/* The listener's wall clock is a second behind: what was sent at 0.5 s arrived at -0.4 s. */
static void test_causes(void)
{
    struct draw_model model = {.to = INT64_MAX, .level = DRAW_CALLS};
    struct draw_talk talk;
    const char *lines[] = {"{\"event\":\"start\",\"time\":0,\"wall\":\"2026-01-01T00:00:01.000000Z\"}",
        "{\"event\":\"connected\",\"time\":0.1,\"conn\":1,\"local\":" ADDRESS("1") ",\"peer\":" ADDRESS(
            "2") "}",
        "{\"event\":\"segment\",\"time\":0.5,\"conn\":1,\"bytes\":\"x\",\"length\":1,\"result\":1}",
        "{\"event\":\"start\",\"time\":0,\"wall\":\"2026-01-01T00:00:00.000000Z\"}",
        "{\"event\":\"accepted\",\"time\":0.2,\"conn\":1,\"local\":" ADDRESS("2") ",\"peer\":" ADDRESS(
            "1") "}",
        "{\"event\":\"data\",\"time\":0.6,\"conn\":1,\"bytes\":\"x\",\"length\":1}"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        is_int(line_read(&model, lines[i]), 0, "a line of a report");
    is_int(draw_talk_next(&model, &talk), 1, "one conversation");
    is_int(talk.shift, 900000000, "the right clock is moved as far as is needed, and no farther");
    is_int((intmax_t)talk.count, 4, "with all its items");
    is_int(talk.items[2]->what, DRAW_SEND, "the bytes are sent");
    is_int(talk.items[3]->what, DRAW_RECEIVE, "before they are received");
    ok(talk.items[2]->partner == talk.items[3], "and are the same");
    draw_talk_free(&talk);
    is_int(draw_talk_next(&model, &talk), 0, "and no other");
    draw_model_free(&model);
}

int main(void)
{
    test_wrap();
    test_clean();
    test_wrong();
    test_causes();
    return done();
}
