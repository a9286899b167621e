/* SPDX-License-Identifier: ISC */
/* The pure parts of draw: wrapping, cleaning, and what a report's lines become. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "draw/draw.h"
#include "draw/ladder.h"
#include "draw/merge.h"
#include "draw/read.h"
#include "draw/wrap.h"

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
    is_int(talk.steps[2].item->what, DRAW_SEND, "the bytes are sent");
    is_int(talk.steps[3].item->what, DRAW_RECEIVE, "before they are received");
    ok(talk.steps[2].partner && talk.steps[3].partner, "and are the same");
    draw_talk_free(&talk);
    is_int(draw_talk_next(&model, &talk), 0, "and no other");
    draw_model_free(&model);
}

#define CALL(time, name, args, rest)                                                                         \
    "{\"event\":\"call\",\"time\":" time ",\"call\":\"" name "\",\"args\":\"" args "\",\"fd\":4" rest "}"

/* The arrows of the ladder of what the lines report, as a string: "> SYN|< SYN ACK|?> end of data|". */
static const char *arrows(const char *const *lines, size_t count)
{
    static char text[512];
    struct draw_model model = {.to = INT64_MAX, .level = DRAW_CALLS};
    struct draw_talk talk;
    struct draw_ladder ladder;
    struct draw_rung rung;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (line_read(&model, lines[i]) < 0)
            return "wrong";
    while (draw_talk_next(&model, &talk) > 0) {
        draw_ladder_begin(&ladder, &talk, model.level);
        while (draw_ladder_next(&ladder, &rung) > 0) {
            if (rung.arrow)
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s|",
                    rung.head == HEAD_UNKNOWN ? "?" : "", rung.arrow > 0 ? ">" : "<", rung.label);
            free(rung.note);
        }
        draw_talk_free(&talk);
    }
    draw_model_free(&model);
    return text;
}

#define CONNECTING "{\"event\":\"connecting\",\"time\":0.1,\"conn\":1,\"peer\":" ADDRESS("2") "}"
#define CONNECTED                                                                                            \
    "{\"event\":\"connected\",\"time\":0.4,\"conn\":1,\"local\":" ADDRESS("1") ",\"peer\":" ADDRESS("2") "}"
#define START(clock) "{\"event\":\"start\",\"time\":0,\"clock\":" clock "}"

static void test_handshake(void)
{
    const char *at_once[] = {START("1"), CONNECTING,
        CALL("0.3", "connect", "4, x", ",\"result\":0,\"elapsed\":0.1,\"state\":\"ESTABLISHED\""), CONNECTED};
    const char *deferred[] = {START("1"), CONNECTING,
        CALL("0.3", "connect", "4, x", ",\"result\":0,\"state\":\"SYN_SENT\""),
        CALL("0.35", "send", "4, \\\"a\\\", 1", ",\"result\":1,\"state\":\"ESTABLISHED\""), CONNECTED};
    const char *unix_stream[] = {START("1"),
        "{\"event\":\"connecting\",\"time\":0.1,\"conn\":1,\"peer\":{\"path\":\"./s\"}}",
        "{\"event\":\"connected\",\"time\":0.4,\"conn\":1,\"peer\":{\"path\":\"./s\"}}"};
    is_str(arrows(at_once, array_size(at_once)), "> SYN|< SYN ACK|", "a handshake is inferred, once");
    is_str(arrows(deferred, array_size(deferred)), "> SYN|> \"a\" 1 byte|< SYN ACK|",
        "the SYN waits for the data");
    is_str(arrows(unix_stream, array_size(unix_stream)), "> connects|", "a unix socket sends no SYN");
}

/* The listener's report is broken off: it was killed, and had read nothing. */
static void test_arrived(void)
{
    const char *lines[] = {START("1"), CONNECTING, CONNECTED,
        "{\"event\":\"segment\",\"time\":0.5,\"conn\":1,\"bytes\":\"x\",\"length\":1,\"result\":1}",
        "{\"event\":\"shutdown\",\"time\":0.6,\"conn\":1,\"how\":\"SHUT_WR\",\"state\":\"FIN_WAIT1\"}", NULL,
        START("1"),
        "{\"event\":\"accepted\",\"time\":0.4,\"conn\":1,\"local\":" ADDRESS("2") ",\"peer\":" ADDRESS(
            "1") "}"};
    lines[5] = "{\"event\":\"state\",\"time\":0.7}";
    is_str(arrows(lines, array_size(lines)), "> SYN|< SYN ACK|?> \"x\"|?> end of data|",
        "nothing shows that it arrived");
    lines[5] = "{\"event\":\"eof\",\"time\":0.7,\"conn\":1,\"state\":\"CLOSE\"}";
    is_str(arrows(lines, array_size(lines)), "> SYN|< SYN ACK|> \"x\"|> end of data|< end of data|",
        "the state behind the FIN shows it, and the end that came has an arrow without a cause");
    lines[5] = "{\"event\":\"closed\",\"time\":0.7,\"conn\":1,\"state\":\"FIN_WAIT2\",\"received\":3}";
    is_str(arrows(lines, array_size(lines)), "> SYN|< SYN ACK|> \"x\"|> end of data|< 3 bytes|",
        "so does FIN_WAIT2, and bytes that no report shows as sent have an arrow");
}

/* Events of the whole listener belong to each of its conversations, at the same time. */
static void test_shared(void)
{
    struct draw_model model = {.to = INT64_MAX, .level = DRAW_CALLS};
    struct draw_talk talk;
    const char *lines[] = {
        "{\"event\":\"start\",\"time\":0,\"wall\":\"2026-01-01T00:00:00.000000Z\",\"clock\":1}", CONNECTED,
        "{\"event\":\"connected\",\"time\":0.5,\"conn\":2,\"local\":" ADDRESS("3") ",\"peer\":" ADDRESS(
            "2") "}",
        "{\"event\":\"start\",\"time\":0,\"wall\":\"2026-01-01T00:00:00.200000Z\",\"clock\":1.2}",
        "{\"event\":\"listening\",\"time\":0.1,\"local\":" ADDRESS("2") "}",
        "{\"event\":\"accepted\",\"time\":0.3,\"conn\":1,\"local\":" ADDRESS("2") ",\"peer\":" ADDRESS(
            "1") "}",
        "{\"event\":\"accepted\",\"time\":0.4,\"conn\":2,\"local\":" ADDRESS("2") ",\"peer\":" ADDRESS(
            "3") "}"};
    for (size_t i = 0; i < array_size(lines); i++)
        line_read(&model, lines[i]);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            is_int(draw_talk_next(&model, &talk), 1, "a conversation of the listener");
            is_int(talk.steps[0].time, 300000000, "it began to listen at the same time");
            draw_talk_free(&talk);
        }
        is_int(draw_talk_next(&model, &talk), 0, "there is no third one");
        draw_talk_rewind(&model);
    }
    draw_model_free(&model);
}

static size_t most_used;

static ssize_t picture_write(void *cookie, const char *bytes, size_t length)
{
    size_t used = mallinfo2().uordblks;
    (void)bytes;
    *(size_t *)cookie += length;
    most_used = used > most_used ? used : most_used;
    return (ssize_t)length;
}

/* A picture is larger than its conversation, and is never in memory as a whole. */
static void test_streams(void)
{
    struct draw_model model = {.to = INT64_MAX, .level = DRAW_CALLS};
    size_t written = 0, before;
    FILE *out = fopencookie(&written, "w", (cookie_io_functions_t){.write = picture_write});
    line_read(&model, START("1"));
    line_read(&model, CONNECTED);
    for (int i = 0; i < 20000; i++)
        line_read(&model,
            "{\"event\":\"segment\",\"time\":1,\"conn\":1,\"bytes\":\"x\",\"length\":1,\"result\":1}");
    before = mallinfo2().uordblks;
    is_int(draw_svg_write(&model, out), 0, "a picture is drawn");
    fclose(out);
    ok(written > 4000000, "it is large");
    ok(most_used < before + written / 2, "and is written as it is drawn");
    draw_model_free(&model);
}

int main(void)
{
    test_wrap();
    test_clean();
    test_wrong();
    test_causes();
    test_handshake();
    test_arrived();
    test_shared();
    test_streams();
    return done();
}
