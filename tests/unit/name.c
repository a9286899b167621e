/* SPDX-License-Identifier: ISC */
/* name.c: constants and their C names, both ways. */
#include "base/name.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "tap.h"

static const struct name_table *const tables[] = {&names_family, &names_type, &names_protocol, &names_eai,
    &names_h_errno, &names_ai, &names_ni, &names_msg, &names_poll, &names_shut, &names_state, &names_splice,
    &names_tos};

/* What is printed can be parsed again and prints the same. Values may share a name (SYN_RECV). */
static void test_every_row(void)
{
    unsigned rows = 0, parsed = 0, same = 0;
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (const struct name *row = tables[i]->rows; row->name; row++) {
            const char *name = name_find(tables[i], row->value);
            long value, first;
            rows++;
            parsed += name_parse(tables[i], row->name, &first) &&
                      (first == row->value || strcmp(name_find(tables[i], first), row->name) == 0);
            same +=
                name && name_parse(tables[i], name, &value) && strcmp(name_find(tables[i], value), name) == 0;
        }
    is_int(parsed, rows, "every name is parsed to its value");
    is_int(same, rows, "every value has a name that is parsed to it again");
}

static long parsed(const struct name_table *table, const char *text)
{
    long value;
    return name_parse(table, text, &value) ? value : -12345;
}

static void test_parse(void)
{
    is_int(parsed(&names_family, "AF_INET6"), AF_INET6, "a C name");
    is_int(parsed(&names_family, "inet6"), AF_INET6, "without its prefix, in any case");
    is_int(parsed(&names_family, "10"), AF_INET6, "its number");
    is_int(parsed(&names_family, "0x0a"), AF_INET6, "in hexadecimal");
    is_int(parsed(&names_family, "AF_LOCAL"), AF_UNIX, "another name of it");
    is_int(parsed(&names_eai, "EAI_NONAME"), EAI_NONAME, "a negative constant");
    is_int(parsed(&names_family, ""), -12345, "the empty text is none");
    is_int(parsed(&names_family, "AF_"), -12345, "nor the prefix alone");
    is_int(parsed(&names_family, "AF_INET66"), -12345, "nor a longer word");
}

/* Compares with the C library, if it can name an errno (glibc 2.32). */
static void test_errno(void)
{
    is_str(errno_name(0), "0", "no errno");
    is_str(errno_name(-1), "E???", "a number that is not an errno");
    is_str(errno_name(41), "E???", "a number that is not used");
    is_str(errno_name(INT_MAX), "E???", "a number beyond the last");
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
    int same = 0;
    for (int error = 1; error < 140; error++) {
        const char *name = strerrorname_np(error);
        same += strcmp(errno_name(error), name ? name : "E???") == 0;
    }
    is_int(same, 139, "every errno has the name that glibc gives it");
#endif
}

static void test_text(void)
{
    char buffer[NAME_TEXT_MAX];
    is_str(name_text(&names_family, AF_UNIX, buffer, sizeof(buffer)), "AF_UNIX", "the first of two names");
    is_str(name_text(&names_family, 99, buffer, sizeof(buffer)), "AF_99", "an unknown value says its family");
    is_str(name_find(&names_family, 99), NULL, "and has no name");
    is_str(errno_name(ECONNREFUSED), "ECONNREFUSED", "an errno");
    is_str(errno_name(EAGAIN), "EAGAIN", "an errno of two names");
    is_str(errno_name(9999), "E???", "an errno that is none");
}

static void test_flags(void)
{
    char buffer[NAME_TEXT_MAX], bad[NAME_TEXT_MAX], tiny[12];
    long value;
    ok(name_flags_parse(&names_ai, "AI_PASSIVE,canonname|0x800", &value, bad, sizeof(bad)),
        "flags by , and |");
    is_int(value, AI_PASSIVE | AI_CANONNAME | 0x800, "are joined");
    is_str(name_flags_text(&names_ai, value, buffer, sizeof(buffer)), "AI_PASSIVE|AI_CANONNAME|0x800",
        "unknown bits are shown as a number");
    is_str(name_flags_text(&names_ai, 0, buffer, sizeof(buffer)), "0", "no flag");
    is_str(
        name_flags_text(&names_poll, POLLIN | POLLHUP, buffer, sizeof(buffer)), "POLLIN|POLLHUP", "poll's");
    ok(strlen(name_flags_text(&names_msg, -1, tiny, sizeof(tiny))) < sizeof(tiny),
        "a small buffer is kept to");
    ok(!name_flags_parse(&names_ai, "AI_PASSIVE,AI_NOSUCH", &value, bad, sizeof(bad)), "an unknown flag");
    is_str(bad, "AI_NOSUCH", "is named");
    ok(!name_flags_parse(&names_ai, "AI_PASSIVE,", &value, bad, sizeof(bad)), "an empty one");
    is_str(bad, "", "as well");
    ok(!name_flags_parse(&names_ai, "-6", &value, bad, sizeof(bad)), "a negative number is no set of bits");
}

static void test_nearest(void)
{
    is_str(name_nearest(&names_ai, "AI_PASIVE"), "AI_PASSIVE", "a letter left out");
    is_str(name_nearest(&names_ai, "ai_cannonname"), "AI_CANONNAME", "one too many, in another case");
    is_str(name_nearest(&names_ai, "SO_KEEPALIVE"), NULL, "a word of another family is not near");
    is_str(name_nearest(&names_ai, ""), NULL, "nothing is near to nothing");
    is_str(name_nearest(&names_ai, "AI_V4MAPPED"), "AI_V4MAPPED", "the name itself");
    ok(!name_nearest(&names_shut, "RDWRRDWRRD"), "what is long but wrong is not near");
}

int main(void)
{
    test_every_row();
    test_parse();
    test_text();
    test_errno();
    test_flags();
    test_nearest();
    return done();
}
