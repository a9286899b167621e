/* SPDX-License-Identifier: ISC */
/* net/path: what answers mean that come in an odd order, or only in part. */
#include "net/path/path.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/path/queries.h"

#include "tap.h"

static struct path_answer answer(enum path_said said, unsigned router)
{
    struct path_answer made = {.said = said, .rtt = 1};
    made.from.in.sin_family = AF_INET;
    made.from.in.sin_addr.s_addr = htonl(0x0a070000 + router);
    made.from.length = sizeof(made.from.in);
    return made;
}

static struct path path_of(const struct path_plan *plan)
{
    return (struct path){.plan = plan};
}

static const struct path_plan three = {.queries = 3};

static void test_early(void)
{
    struct path path = path_of(&three);
    const struct path_answer first = answer(PATH_EXCEEDED, 1), second = answer(PATH_EXCEEDED, 2);
    const struct path_answer open = answer(PATH_OPEN, 9);
    answer_note(&path, 1, 0, &open);
    answer_note(&path, 2, 0, &second);
    answer_note(&path, 1, 0, &first);
    is_int(path.answers[1][0].from.in.sin_addr.s_addr, first.from.in.sin_addr.s_addr,
        "a router that says so later");
    is_int(path.answers[2][0].from.in.sin_addr.s_addr, second.from.in.sin_addr.s_addr,
        "is not lost, nor the next");
    const struct path_end end = path_end_of(&path);
    is_int(end.said, PATH_OPEN, "and the target is open");
    is_int(end.hop, 3, "behind both");
}

/* From hop first on, the routers a and b in turn. Only every so many answers came. */
static void loop_fill(struct path *path, unsigned first, unsigned query, unsigned every)
{
    for (unsigned hop = first; hop <= PATH_HOPS; hop++)
        if (hop % every == 0)
            path->answers[hop][query] = answer(PATH_EXCEEDED, hop % 2 ? 100 : 200);
}

static void test_loop(void)
{
    struct path path = path_of(&three);
    loop_fill(&path, 3, 0, 1);
    struct path_end end = path_end_of(&path);
    ok(end.loop, "two routers in turn are a loop");
    is_int(end.hop, 5, "seen where the first comes again");
    path = path_of(&three);
    loop_fill(&path, 3, 1, 1);
    ok(path_end_of(&path).loop, "whichever query saw it");
    path = path_of(&three);
    loop_fill(&path, 3, 0, 3);
    ok(path_end_of(&path).loop, "though most answers are lost");
}

static void test_two_lengths(void)
{
    struct path path = path_of(&three);
    /* One way has a router more than the other. */
    path.answers[1][0] = path.answers[1][1] = answer(PATH_EXCEEDED, 1);
    path.answers[2][0] = answer(PATH_EXCEEDED, 5);
    path.answers[2][1] = answer(PATH_EXCEEDED, 2);
    path.answers[3][0] = answer(PATH_EXCEEDED, 6);
    path.answers[3][1] = answer(PATH_EXCEEDED, 6);
    path.answers[4][0] = answer(PATH_EXCEEDED, 5);
    ok(!path_end_of(&path).loop, "a router at two hops, on ways of different lengths, is not a loop");
}

int main(void)
{
    test_early();
    test_loop();
    test_two_lengths();
    return done();
}
