/* SPDX-License-Identifier: ISC */
/* libraries.c: what the program takes from its libraries is what it counts on. */
#include <jansson.h>
#include <stdlib.h>
#include <vis.h>

#include "tap.h"

/* Locales would let bidirectional overrides and invalid bytes through. */
static void test_vis(void)
{
    char text[64], back[64];
    bool printable = true;
    strvisx(text, "a\0\x1b\xe2\x80\xae", 6, VIS_CSTYLE | VIS_OCTAL | VIS_NOLOCALE);
    for (const char *c = text; *c; c++)
        printable = printable && *c >= 32 && *c < 127;
    ok(printable, "vis leaves nothing but printable ASCII");
    is_int(strunvis(back, text), 6, "unvis finds all bytes again");
    ok(memcmp(back, "a\0\x1b\xe2\x80\xae", 6) == 0, "and they are the same");
}

static void test_strtonum(void)
{
    const char *why;
    is_int(strtonum("65535", 0, 65535, &why), 65535, "strtonum takes the upper bound");
    is_str(why, NULL, "without an error");
    strtonum("65536", 0, 65535, &why);
    is_str(why, "too large", "strtonum says what is wrong with one more");
}

static void test_jansson(void)
{
    json_t *object = json_pack("{s:I, s:b, s:n}", "big", (json_int_t)1 << 53, "yes", 1, "none");
    char *text = json_dumps(object, JSON_COMPACT);

    is_str(text, "{\"big\":9007199254740992,\"yes\":true,\"none\":null}", "jansson keeps order and types");
    free(text);
    json_decref(object);
}

int main(void)
{
    test_vis();
    test_strtonum();
    test_jansson();
    return done();
}
