/* SPDX-License-Identifier: ISC */
/* render.c: both renderers, every type of field; text and JSON cannot disagree. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "report/event.h"
#include "tap.h"

static char *text;

/* The line of a row with this template and these fields. */
static const char *line_with(
    const struct sink *sink, const char *template, const struct field *fields, int64_t when)
{
    const struct event_row row = {"test", LEVEL_LIFE, PLANE_REPORT, TONE_GOOD, template};
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    struct sink copy = *sink;
    copy.report = out;
    text_render(out, &copy, &row, fields, when);
    fclose(out);
    return text;
}

static const char *line(const char *template, const struct field *fields)
{
    return line_with(&(struct sink){.level = LEVEL_LIFE}, template, fields, 0);
}

static const char *object(const struct field *fields)
{
    const struct event_row row = {"test", LEVEL_LIFE, PLANE_REPORT, TONE_PLAIN, NULL};
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    json_render(out, &row, fields, 1500 * NS_PER_MS);
    fclose(out);
    return text;
}

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, F_END})

/* One field as text, and as JSON behind what every event has. */
static void both(struct field field, const char *in_text, const char *in_json, const char *name)
{
    char want[512];
    is_str(line("{k}", FIELDS(field)), in_text, name);
    snprintf(want, sizeof(want), "{\"event\":\"test\",\"time\":1.500000,\"k\":%s}\n", in_json);
    is_str(object(FIELDS(field)), want, name);
}

static struct address address_of(const char *host, int port)
{
    struct address address;
    if (!address_parse(&address, host, port))
        abort();
    return address;
}

static void test_types(void)
{
    struct address v4 = address_of("127.0.0.1", 80), v6 = address_of("fe80::1%lo", 80), path;
    const struct field *const rows[] = {
        FIELDS(F_INT("pid", 1), F_TEXT("program", "a")), FIELDS(F_INT("pid", 2))};
    const char *const texts[] = {"x", "y"};
    char *const words[] = {"a", "\x1b"};
    if (!address_unix(&path, "@a\n"))
        abort();
    both(F_INT("k", -5), "-5\n", "-5", "a number");
    both(F_COUNT("k", 1 << 20), "1048576\n", "1048576", "a count");
    both(F_COUNT("k", UINT64_MAX), "unlimited\n", "null", "no limit");
    both(F_BOOL("k", true), "yes\n", "true", "a truth");
    both(F_BOOL("k", false), "no\n", "false", "an untruth");
    both(F_TEXT("k", "say \"hé\""), "say \"hé\"\n", "\"say \\\"hé\\\"\"", "our own text");
    both(F_BYTES("k", "\x1b\0\n\xff", 4), "\\033\\0\\n\\377\n", "\"\\\\033\\\\0\\\\n\\\\377\"",
        "foreign bytes");
    both(F_FOREIGN("k", "a\nb"), "a\\nb\n", "\"a\\\\nb\"", "a foreign string");
    both(F_HEX("k", "\x7f\0\0\1", 4), "7f 00 00 01\n", "\"7f000001\"", "bytes in hexadecimal");
    both(F_DUMP("k", "\x1f ~\x7f\x80\xff", 6, 16),
        "\n    00000010  1f 20 7e 7f 80 ff                                |. ~...|\n", "\"1f207e7f80ff\"",
        "a dump, in which only printable ASCII is itself");
    both(F_NAME("k", names_family, AF_INET), "AF_INET\n", "\"AF_INET\"", "a constant");
    both(F_NAME("k", names_family, 99), "AF_99\n", "99", "an unknown constant");
    both(F_FLAGS("k", names_ai, AI_ALL | AI_PASSIVE | 0x800), "AI_PASSIVE|AI_ALL|0x800\n",
        "[\"AI_PASSIVE\",\"AI_ALL\",2048]", "a set of constants");
    both(F_FLAGS("k", names_ai, 0), "0\n", "[]", "an empty set");
    both(F_ADDRESS("k", &v4), "127.0.0.1:80\n", "{\"family\":\"AF_INET\",\"host\":\"127.0.0.1\",\"port\":80}",
        "an IPv4 address");
    both(F_ADDRESS("k", &v6), "[fe80::1%lo]:80\n",
        "{\"family\":\"AF_INET6\",\"host\":\"fe80::1\",\"port\":80,\"scope\":\"lo\"}",
        "an IPv6 address with a scope");
    both(F_ADDRESS("k", &path), "@a\\n\n", "{\"family\":\"AF_UNIX\",\"path\":\"@a\\\\n\"}",
        "an abstract unix address");
    both(F_NULL("k"), "NULL\n", "null", "no value");
    both(F_STATE("k", 1), "ESTABLISHED\n", "\"ESTABLISHED\"", "a TCP state");
    both(F_TIME("k", 12345678), "12.3 ms\n", "0.012345", "a time: microseconds in JSON");
    both(F_OBJECT("k", FIELDS(F_INT("a", 1), F_NONE, F_INT("b", 2))), "a 1 b 2\n", "{\"a\":1,\"b\":2}",
        "an object");
    both(F_LIST("k", rows, 2), "pid 1 program a, pid 2\n", "[{\"pid\":1,\"program\":\"a\"},{\"pid\":2}]",
        "a list of objects");
    both(F_LIST("k", rows, 1), "pid 1 program a\n", "[{\"pid\":1,\"program\":\"a\"}]",
        "a list of one is a list");
    both(F_LIST("k", rows, 0), "\n", "[]", "a list of none as well");
    both(F_TEXTS("k", texts, 2), "x, y\n", "[\"x\",\"y\"]", "a list of texts");
    both(F_TEXTS("k", NULL, 0), "none\n", "[]", "no text at all");
    both(F_WORDS("k", words, 2), "a \\033\n", "[\"a\",\"\\\\033\"]", "a list of foreign words");
}

static void test_errors(void)
{
    is_str(line("{error}", FIELDS(F_ERRNO(ECONNREFUSED))), "ECONNREFUSED (Connection refused)\n",
        "an errno in text");
    is_str(object(FIELDS(F_ERRNO(ECONNREFUSED))),
        "{\"event\":\"test\",\"time\":1.500000,\"error\":{\"errno\":111,\"name\":\"ECONNREFUSED\",\"text\":"
        "\"Connection "
        "refused\"}}\n",
        "an errno in JSON");
    is_str(line("{error}", FIELDS(F_EAI(EAI_NONAME, EMFILE))),
        "EAI_NONAME (-2: Name or service not known), errno EMFILE (Too many open files)\n",
        "an EAI with the errno that counts");
    is_str(line("= {result} {error}", FIELDS(F_INT("result", EAI_NONAME), F_EAI_RESULT(EAI_NONAME, 0))),
        "= -2 EAI_NONAME (Name or service not known)\n", "an EAI whose number is the result");
    is_str(object(FIELDS(F_EAI(EAI_NONAME, 0))),
        "{\"event\":\"test\",\"time\":1.500000,\"error\":{\"eai\":-2,\"name\":\"EAI_NONAME\",\"text\":\"Name "
        "or "
        "service not "
        "known\"}}\n",
        "an EAI in JSON");
    is_str(line("{error}", FIELDS(F_H_ERRNO(HOST_NOT_FOUND, 0))), "HOST_NOT_FOUND (Unknown host)\n",
        "an h_errno");
    is_str(object(FIELDS(F_H_ERRNO(NETDB_INTERNAL, EMFILE))),
        "{\"event\":\"test\",\"time\":1.500000,\"error\":{\"h_errno\":-1,\"name\":\"NETDB_INTERNAL\","
        "\"text\":"
        "\"Resolver internal error\",\"errno\":24,\"errno_name\":\"EMFILE\"}}\n",
        "an h_errno with the errno that counts");
}

/* What is absent leaves neither a key nor a gap. */
static void test_absent(void)
{
    const struct field *fields = FIELDS(F_NONE, F_TEXT("text", NULL), F_FOREIGN("foreign", NULL),
        F_ADDRESS("a", NULL), F_STATE("state", -1), F_TIME("time", -1), F_ERRNO(0), F_EAI(0, 0),
        F_H_ERRNO(0, 0), F_CONN(0), F_TRUE("t", false));
    is_str(object(fields), "{\"event\":\"test\",\"time\":1.500000}\n", "absent fields are not in JSON");
    is_str(line("a[ {text}][ {state}] b", fields), "a b\n", "nor are their groups in text");
}

static void test_templates(void)
{
    const struct field *fields = FIELDS(F_INT("n", 7), F_TRUE("yes", true), F_BOOL("no", false));
    is_str(line("n={n}[ n {n}][ {m}][ {n} {m}]", fields), "n=7 n 7\n",
        "a group stands when all it names is there");
    is_str(line("[{yes?}is ][{no?}is not ]so", fields), "is so\n",
        "a truth shows or hides its group and prints nothing");
    is_str(line("[{n?}there ][{m!}absent ][{n!}not ][{m?}not ][{yes!}not ][{no!}no]", fields),
        "there absent no\n", "so does that a field is there, or is not");
    const struct field *counts =
        FIELDS(F_INT("one", 1), F_COUNT("two", 2), F_INT("zero", 0), F_SIZE("size", 1));
    is_str(line("{one#SYN}, {two#byte}, {zero#port}, {size#byte}, {size}", counts),
        "1 SYN, 2 bytes, 0 ports, 1 byte, 1 byte\n", "a number and what it counts");
    is_str(line("[{one?}one][{zero?}, {zero#port}][{zero!} none]", counts), "one none\n",
        "zero is not worth a word");
    is_str(line("x[{t?} after {t}]", FIELDS(F_TIME("t", NS_PER_MS - 1))), "x\n", "nor is a time below 1 ms,");
    is_str(
        line("x[{t?} after {t}]", FIELDS(F_TIME("t", NS_PER_MS))), "x after 1.0 ms\n", "but one of 1 ms is");
    is_str(line("x[{t?} after {t}]", FIELDS(F_TIME_FINE("t", NS_PER_US - 1))), "x\n",
        "nor one below 1 us if those matter,");
    is_str(line("x[{t?} after {t}]", FIELDS(F_TIME_FINE("t", NS_PER_US))), "x after 0.001 ms\n",
        "but one of 1 us is");
    is_str(line("{n}{>6}[{n}]", fields), "7     7\n", "a column");
    is_str(line("{n}{>6}[{m}]", fields), "7\n", "no blanks at the end of a line");
    is_str(line("long text{>6}{n}", fields), "long text  7\n", "two blanks where the column is passed");
    struct address v6 = address_of("::1", 80);
    is_str(line("{a}[ to {a}]", FIELDS(F_ADDRESS("a", &v6))), "[::1]:80 to [::1]:80\n",
        "brackets in a value are not a group");
}

static void test_lines(void)
{
    const struct field *fields = FIELDS(F_CONN(3), F_INT("n", 7));
    is_str(line_with(&(struct sink){.numbered = true}, "x {n}", fields, 0), "#3   x 7\n",
        "the connection's number");
    is_str(line_with(&(struct sink){.stamps = true}, "x {n}", fields, 1234567890), "1.234567  x 7\n",
        "the seconds since start");
    is_str(line_with(&(struct sink){.color = true}, "x", fields, 0), "\033[32mx\033[0m\n",
        "a colour on a terminal");
}

/* Every row of events.def is a template that can be filled, and its groups are closed. */
static void test_rows(void)
{
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        int open = 0, least = 0, most = 0;
        for (const char *at = event_rows[kind].text; at && *at; at++) {
            open += (*at == '[') - (*at == ']');
            least = open < least ? open : least;
            most = open > most ? open : most;
        }
        ok(open == 0 && least == 0 && most <= 1, event_rows[kind].name);
    }
}

/* A held line waits, but not for a later diagnostic. */
static void test_held(void)
{
    char *report = NULL, *people = NULL;
    size_t sizes[2];
    struct sink sink;
    sink_open(&sink, STDOUT_FILENO, false, LEVEL_LIFE, COLOR_NEVER);
    sink.report = sink.results = open_memstream(&report, &sizes[0]);
    sink.diagnostics = open_memstream(&people, &sizes[1]);
    fflush(sink.report);
    sink.held = true;
    emit(&sink, EVENT_NAME, F_TEXT("host", "a"));
    is_int((intmax_t)sizes[0], 0, "a held line is not written yet");
    emit(&sink, EVENT_WARNING, F_TEXT("text", "careful"));
    is_int((intmax_t)sizes[0], 2, "but before a diagnostic that comes after it");
    emit(&sink, EVENT_NAME, F_TEXT("host", "b"));
    sink_flush(&sink);
    is_str(report, "a\nb\n", "and when it is no longer held");
    fclose(sink.report);
    fclose(sink.diagnostics);
    free(report);
    free(people);
}

/* The sink chooses stream and form. */
static void test_sink(void)
{
    char *report = NULL, *people = NULL;
    size_t sizes[2];
    struct sink sink;
    sink_open(&sink, STDOUT_FILENO, true, LEVEL_LIFE, COLOR_NEVER);
    sink.report = sink.results = open_memstream(&report, &sizes[0]);
    sink.diagnostics = open_memstream(&people, &sizes[1]);
    errno = ENOENT;
    emit(&sink, EVENT_FAILED, F_TEXT("call", "connect"), F_ERRNO(ECONNREFUSED));
    emit(&sink, EVENT_WARNING, F_TEXT("text", "careful"));
    emit(&sink, EVENT_CALL, F_TEXT("call", "socket"));
    is_int(errno, ENOENT, "errno is kept");
    fclose(sink.report);
    fclose(sink.diagnostics);
    ok(strstr(report, "\"event\":\"failed\"") && strstr(report, "\"event\":\"warning\""),
        "under --json failures and warnings are events of the report");
    is_str(people, "failed      connect: ECONNREFUSED (Connection refused)\n",
        "and a failure is told on stderr too, where the report is not");
    ok(!strstr(report, "socket"), "calls are not told at this level");
    free(report);
    free(people);
}

int main(void)
{
    test_types();
    test_errors();
    test_absent();
    test_templates();
    test_lines();
    test_rows();
    test_held();
    test_sink();
    free(text);
    return done();
}
