/* SPDX-License-Identifier: ISC */
/* ports.c: sets of ports, at their edges. */
#include "base/ports.h"

#include "tap.h"

/* The only service that these tests know. */
static int http(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "http-alt") == 0 ? 8080 : -1;
}

static bool parse(struct ports *ports, const char *text)
{
    char error[256];
    *ports = (struct ports){.bits = {0}};
    return ports_parse(ports, text, http, NULL, error, sizeof(error));
}

static void test_sets(void)
{
    static const struct {
        const char *text;
        unsigned count;
        int first, last;
    } rows[] = {{"1", 1, 1, 1}, {"65535", 1, 65535, 65535}, {"1-65535", 65535, 1, 65535},
        {"80,22,80", 2, 22, 80}, {"63-65", 3, 63, 65}, {"10-20,15-30", 21, 10, 30}, {"7-7", 1, 7, 7},
        {"http-alt,1", 2, 1, 8080}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ports ports;
        int last = -1;
        ok(parse(&ports, rows[i].text), rows[i].text);
        is_int(ports_count(&ports), rows[i].count, "has so many ports");
        is_int(ports_next(&ports, 0), rows[i].first, "and begins there");
        for (int port = ports_next(&ports, 0); port >= 0; port = ports_next(&ports, port + 1))
            last = port;
        is_int(last, rows[i].last, "and ends there");
    }
}

static void test_refused(void)
{
    static const char *const refused[] = {"", ",", "1,", ",1", "1,,2", "0", "65536", "-1", "1-", "2-1",
        "1-2-3", "99999999999999999999", "1 ", "http"};
    struct ports ports;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        ok(!parse(&ports, refused[i]), refused[i]);
}

static void test_names_later(void)
{
    struct ports ports = {.bits = {0}};
    char error[256];
    ok(ports_parse(&ports, "no-such-service,5", NULL, NULL, error, sizeof(error)),
        "without services a name may be anything");
    is_int(ports_count(&ports), 1, "and adds nothing");
    is_int(ports_next(&ports, 6), -1, "nothing behind the last");
    is_int(ports_next(&ports, 65536), -1, "nothing behind the end");
}

int main(void)
{
    test_sets();
    test_refused();
    test_names_later();
    return done();
}
