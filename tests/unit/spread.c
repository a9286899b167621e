/* SPDX-License-Identifier: ISC */
/* spread.c: what times come to, against numbers worked out by hand. */
#include "base/spread.h"

#include <errno.h>

#include "tap.h"

#define US INT64_C(1000)

static void test_none(void)
{
    const uint32_t lost[] = {SPREAD_NONE, SPREAD_NONE};
    struct spread spread;
    ok(!spread_of(lost, 2, &spread) && errno == ENODATA, "nothing measured has no spread");
    ok(!spread_of(NULL, 0, &spread) && errno == ENODATA, "nor has nothing at all");
}

static void test_one(void)
{
    const uint32_t times[] = {SPREAD_NONE, 250};
    struct spread spread;
    ok(spread_of(times, 2, &spread), "one of two was measured");
    is_int(spread.minimum, 250 * US, "it is the least");
    is_int(spread.median, 250 * US, "and the median");
    is_int(spread.p99, 250 * US, "and the 99th percentile");
    is_int(spread.deviation, 0, "without deviation");
}

static void test_hundred(void)
{
    uint32_t times[100];
    struct spread spread;
    for (uint32_t i = 0; i < 100; i++)
        times[i] = (i * 37 + 11) % 100 + 1; /* 1 to 100, in no order */
    ok(spread_of(times, 100, &spread), "a hundred");
    is_int(spread.minimum, 1 * US, "minimum");
    is_int(spread.median, 50 * US, "median: nearest rank");
    is_int(spread.p90, 90 * US, "p90");
    is_int(spread.p99, 99 * US, "p99");
    is_int(spread.maximum, 100 * US, "maximum");
    is_int(spread.average, 50500, "average, to the nanosecond");
    is_int(spread.deviation, 28 * US, "standard deviation 28.87, in whole microseconds");
}

static void test_large(void)
{
    const uint32_t times[] = {4000000000U, 4000000000U, 0, 0};
    struct spread spread;
    ok(spread_of(times, 4, &spread), "more than an hour");
    is_int(spread.deviation, 2000000000 * US, "squares do not overflow");
}

static void test_bars(void)
{
    const uint32_t times[] = {9, 100, SPREAD_NONE, 107, 103};
    char buffer[SPREAD_BARS_SIZE(8)];
    ok(strcmp(spread_bars(times, 5, 4, buffer), "▁×█▄") == 0, "the last four, one of them lost");
    ok(strcmp(spread_bars(times, 0, 4, buffer), "") == 0, "none");
    ok(strcmp(spread_bars(times, 1, 4, buffer), "▁") == 0, "one");
}

int main(void)
{
    test_none();
    test_one();
    test_hundred();
    test_large();
    test_bars();
    return done();
}
