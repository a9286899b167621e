/* SPDX-License-Identifier: ISC */
/* number.c: durations, sizes and whole numbers, at their edges. */
#include "base/number.h"

#include "tap.h"

/* INT64_MIN stands for a refusal: no number of these tests is that. */
static int64_t duration(const char *text)
{
    int64_t ns;
    const char *why;
    return duration_parse(text, &ns, &why) ? ns : INT64_MIN;
}

static int64_t bytes(const char *text)
{
    uint64_t size;
    const char *why;
    return size_parse(text, 1, UINT64_MAX, &size, &why) ? (int64_t)size : INT64_MIN;
}

static void test_durations(void)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {{"0", 0}, {"1", NS_PER_S}, {"1s", NS_PER_S}, {"0.5", NS_PER_S / 2}, {".5", NS_PER_S / 2},
        {"5.", 5 * NS_PER_S}, {"250ms", 250 * NS_PER_MS}, {"1.5m", 90 * NS_PER_S}, {"2h", 7200 * NS_PER_S},
        {"0.000000001", 1}, {"0.1", 100 * NS_PER_MS}, {"1000000000", 1000000000 * NS_PER_S}};
    static const char *const refused[] = {"", "-1", "+1", " 1", "1 ", "1x", "1sm", "ms", ".", "1.2.3", "1e3",
        "0x10", "inf", "nan", "1000000001", "99999999999999999999h", "1,5"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        is_int(duration(rows[i].text), rows[i].ns, rows[i].text);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        is_int(duration(refused[i]), INT64_MIN, refused[i]);
}

static void test_sizes(void)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {{"1", 1}, {"1K", 1024}, {"1k", 1024}, {"16M", 16 << 20}, {"4G", INT64_C(4) << 30},
        {"9223372036854775807", INT64_MAX}, {"8589934591G", INT64_C(8589934591) << 30}};
    static const char *const refused[] = {"", "0", "K", "-1", "+1", "1KB", "1.5K", "1T", " 1", "1 ",
        "9223372036854775808", "8589934592G", "0x10", "00000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        is_int(bytes(rows[i].text), rows[i].bytes, rows[i].text);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        is_int(bytes(refused[i]), INT64_MIN, refused[i]);
}

static void test_numbers(void)
{
    long long number;
    const char *why;
    ok(number_parse("65535", 0, 65535, &number, &why) && number == 65535, "the upper bound");
    ok(!number_parse("65536", 0, 65535, &number, &why), "one more is refused");
    is_str(why, "too large", "as too large");
    ok(!number_parse("-1", 0, 65535, &number, &why), "one less than the lower bound");
    is_str(why, "too small", "as too small");
    ok(number_parse("-5", -5, 5, &number, &why) && number == -5, "a negative number where it may be");
    ok(number_parse("0x1F", 0, 255, &number, &why) && number == 31, "hexadecimal");
    ok(!number_parse("0x100", 0, 255, &number, &why), "hexadecimal beyond the bound");
    is_str(why, "too large", "is too large");
    ok(!number_parse("0xffffffffffffffffff", 0, INT64_MAX, &number, &why), "hexadecimal beyond all");
    is_str(why, "too large", "is too large as well");
    static const char *const invalid[] = {
        "", " 1", "1 ", "1x", "0x", "0xg", "0x-1", "0x 1", "x", "1.0", "--1"};
    for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++) {
        ok(!number_parse(invalid[i], -10, 10, &number, &why), invalid[i]);
        is_str(why, "invalid", "is invalid");
    }
}

static void test_texts(void)
{
    char text[DURATION_TEXT_MAX];
    is_str(duration_text(0, text, sizeof(text)), "0.0 ms", "no time");
    is_str(duration_text(123456, text, sizeof(text)), "0.1 ms", "less than a millisecond");
    is_str(duration_text(12340000, text, sizeof(text)), "12.3 ms", "milliseconds");
    is_str(duration_text(NS_PER_S, text, sizeof(text)), "1.00 s", "a second");
    is_str(duration_text(INT64_MAX, text, sizeof(text)), "9223372036.85 s", "all the time there is");
    int64_t before = clock_now();
    ok(clock_now() >= before, "the clock does not go back");
}

int main(void)
{
    test_durations();
    test_sizes();
    test_numbers();
    test_texts();
    return done();
}
