/* SPDX-License-Identifier: ISC */
/* text.c: foreign bytes as text that is safe, reversible, and the same in every locale. */
#include "base/text.h"

#include <locale.h>
#include <vis.h>

#include "tap.h"

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 32 || *text > 126)
            return false;
    return true;
}

/* Every pair of bytes: the form of the first may depend on the second. */
static void test_all_pairs(void)
{
    unsigned printable = 0, reversible = 0;
    for (unsigned pair = 0; pair < 65536; pair++) {
        const char bytes[2] = {(char)(pair >> 8), (char)pair};
        char text[9], back[9];
        text_escape(text, sizeof(text), bytes, 2);
        printable += is_printable(text);
        reversible += strunvis(back, text) == 2 && memcmp(back, bytes, 2) == 0;
    }
    is_int(printable, 65536, "every two bytes become printable ASCII");
    is_int(reversible, 65536, "and are found again by unvis");
}

static void test_forms(void)
{
    char text[64];
    is_str(text_escape(text, sizeof(text), "a b", 3), "a b", "blanks stay");
    is_str(text_escape(text, sizeof(text), "\r\n\t", 3), "\\r\\n\\t", "control characters as in C");
    is_str(text_escape(text, sizeof(text), "\x1b[31m", 5), "\\033[31m", "an escape sequence is defused");
    is_str(text_escape(text, sizeof(text), "\\n", 2), "\\\\n", "a backslash is doubled");
    is_str(text_escape(text, sizeof(text), "\0", 1), "\\0", "NUL");
    is_str(text_escape(text, sizeof(text),
               "\0"
               "1",
               2),
        "\\0001", "NUL before a digit");
    is_str(text_escape(text, sizeof(text), "", 0), "", "nothing");
    is_str(
        text_preview(text, sizeof(text), "say \"hi\"", 8, 64), "\"say \\\"hi\\\"\"", "a preview is quoted");
    is_str(text_preview(text, sizeof(text), "abcdef", 6, 3), "\"abc\"...", "and says that there is more");
}

static void test_cuts(void)
{
    char text[8];
    is_str(text_escape(text, 4, "ab\n", 3), "ab", "an escape that does not fit is left out whole");
    is_str(text_escape(text, 5, "ab\n", 3), "ab\\n", "and shown when it fits");
    is_str(text_escape(text, 1, "ab", 2), "", "room for the terminator alone");
    is_str(
        text_preview(text, sizeof(text), "abcdef", 6, 6), "\"ab\"...", "a preview cut by its buffer says so");
}

/* U+202E, RIGHT-TO-LEFT OVERRIDE, would turn the rest of a line round. */
static void test_locale(void)
{
    char text[64];
    if (!setlocale(LC_ALL, "C.UTF-8")) {
        skip("there is no locale C.UTF-8 here");
        return;
    }
    text_escape(text, sizeof(text), "\xe2\x80\xae", 3);
    setlocale(LC_ALL, "C");
    is_str(text, "\\342\\200\\256", "an override is escaped in a UTF-8 locale too");
}

int main(void)
{
    test_all_pairs();
    test_forms();
    test_cuts();
    test_locale();
    return done();
}
