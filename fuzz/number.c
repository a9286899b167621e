/* SPDX-License-Identifier: ISC */
/* number.c: durations, sizes, numbers and names of constants. */
#include "base/number.h"

#include "base/cleanup.h"
#include "base/name.h"
#include "fuzz.h"

static void flags_check(const struct name_table *table, const char *text)
{
    char bad[NAME_TEXT_MAX], shown[4 * NAME_TEXT_MAX];
    long value, again;
    if (!name_flags_parse(table, text, &value, bad, sizeof(bad))) {
        name_nearest(table, bad);
        return;
    }
    name_flags_text(table, value, shown, sizeof(shown));
    must(name_flags_parse(table, shown, &again, bad, sizeof(bad)) && again == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = input_string(data, size);
    const char *why;
    long long number;
    uint64_t bytes;
    int64_t ns;
    if (duration_parse(text, &ns, &why)) {
        char shown[DURATION_TEXT_MAX];
        must(ns >= 0 && !why);
        must(strlen(duration_text(ns, shown, sizeof(shown))) < sizeof(shown) - 1);
    } else {
        must(why);
    }
    if (size_parse(text, 3, 1 << 20, &bytes, &why))
        must(bytes >= 3 && bytes <= 1 << 20 && !why);
    else
        must(why);
    if (number_parse(text, -10, 65535, &number, &why))
        must(number >= -10 && number <= 65535 && !why);
    else
        must(why);
    flags_check(&names_ai, text);
    flags_check(&names_msg, text);
    return 0;
}
