/* SPDX-License-Identifier: ISC */
/* option.c: option tables are parsed, helped and completed from one row. */
#include "base/option.h"

#include <netdb.h>
#include <stdlib.h>

#include "tap.h"

struct shared {
    bool yes;
    int level;
};

struct options {
    struct shared shared;
    bool off;
    int mode, port, family;
    uint64_t size;
    int64_t wait;
    const char *text;
    long flags;
    int custom;
};

static bool custom_parse(const char *text, void *field, char *error, size_t size)
{
    if (strcmp(text, "good") == 0) {
        *(int *)field = 7;
        return true;
    }
    snprintf(error, size, "'%s' is not good", text);
    return false;
}

static bool maybe_parse(const char *text, void *field, char *error, size_t size)
{
    *(int *)field = -1;
    return !text || custom_parse(text, field, error, size);
}

static void custom_complete(const struct completion *completion)
{
    complete_word(completion, "good");
    complete_word(completion, "glad");
    complete_word(completion, "bad");
}

static const struct option_row shared_rows[] = {
    {'y', "yes", NULL, "say yes", .type = OPTION_TRUE, .offset = offsetof(struct shared, yes)},
    {'v', "verbose", NULL, "say more", .type = OPTION_COUNT, .offset = offsetof(struct shared, level)},
    {'h', "help", NULL, "show this help", .type = OPTION_HELP},
    {0, "version", NULL, "show the version", .type = OPTION_VERSION},
    {.type = OPTION_END},
};
static const struct option_row rows[] = {
    {'o', "off", NULL, "switch off", .type = OPTION_FALSE, .offset = offsetof(struct options, off)},
    {'4', "four", NULL, "mode 4", .type = OPTION_SET, .offset = offsetof(struct options, mode), .minimum = 4},
    {'p', "port", "PORT", "the port", .type = OPTION_INT, .offset = offsetof(struct options, port),
        .maximum = 65535},
    {'s', "size", "N", "the size", .type = OPTION_SIZE, .offset = offsetof(struct options, size),
        .minimum = 1, .maximum = 1 << 20},
    {'w', "wait", "T", "the time", .type = OPTION_DURATION, .offset = offsetof(struct options, wait)},
    {'q', "quit-after", "T", "the time; -1 for never", .type = OPTION_DURATION,
        .offset = offsetof(struct options, wait), .minimum = -1},
    {'t', "text", "TEXT", "a text", .type = OPTION_TEXT, .offset = offsetof(struct options, text)},
    {'f', "family", "NAME", "a family", .type = OPTION_NAME, .offset = offsetof(struct options, family),
        .names = &names_family},
    {0, "flags", "AI_*", "flags", .type = OPTION_FLAGS, .offset = offsetof(struct options, flags),
        .names = &names_ai},
    {'c', "custom", "WORD", "a word", .type = OPTION_CUSTOM, .offset = offsetof(struct options, custom),
        .parse = custom_parse, .complete = custom_complete},
    {0, "maybe", "[=WORD]", "a word or none", .type = OPTION_CUSTOM,
        .offset = offsetof(struct options, custom), .parse = maybe_parse, .complete = custom_complete},
    {'N', "no-op", NULL, "happens anyway", .type = OPTION_IGNORED},
    {'x', NULL, "PROXY", "proxies are the work of other tools", .type = OPTION_REFUSED},
    {.type = OPTION_END},
};

static const struct option_set sets[] = {
    {"Options", rows, 0}, {"Shared", shared_rows, offsetof(struct options, shared)}, {NULL, NULL, 0}};

static struct options options;
static char error[256];
static char *words[32];
static int count;

/* Parses the words of line, split at blanks. */
static enum option_outcome parse(const char *line)
{
    static char copy[256];
    char *rest = copy, *word;
    options = (struct options){.off = true};
    error[0] = '\0';
    snprintf(copy, sizeof(copy), "%s", line);
    count = 0;
    words[count++] = copy + strlen(copy);
    while ((word = strsep(&rest, " ")))
        words[count++] = word;
    words[count] = NULL;
    return options_parse(sets, &options, &count, words, error, sizeof(error));
}

static void test_values(void)
{
    is_int(parse("-yvv -o -4 -p 80 -s16K -w1.5 -t -text -f inet6 --flags=AI_PASSIVE,AI_ALL -c good -N"),
        OPTIONS_DONE, "every type of option");
    ok(options.shared.yes, "a truth, in a set with a base of its own");
    is_int(options.shared.level, 2, "a count");
    ok(!options.off, "a truth cleared");
    is_int(options.mode, 4, "a choice");
    is_int(options.port, 80, "a number, apart");
    is_int((intmax_t)options.size, 16384, "a size, joined to its letter");
    is_int(options.wait, INT64_C(1500000000), "a duration");
    is_str(options.text, "-text", "a value that begins with a dash is a value");
    is_int(options.family, 10, "a C name");
    is_int(options.flags, AI_PASSIVE | AI_ALL, "a set of C names");
    is_int(options.custom, 7, "a value with a parser of its own");
    is_int(count, 1, "no operand is left");
    parse("--maybe good");
    is_int(options.custom, -1, "an optional value that is not there");
    is_str(words[1], "good", "what follows is an operand");
    parse("--maybe=good");
    is_int(options.custom, 7, "an optional value");
    parse("-q -1");
    is_int(options.wait, -1, "-1 where it is allowed");
}

static void test_operands(void)
{
    is_int(parse("host -y 80 --port=1 last"), OPTIONS_DONE, "options among the operands");
    is_int(count, 4, "three operands");
    is_str(words[1], "host", "the first");
    is_str(words[2], "80", "the second");
    is_str(words[3], "last", "the third");
    is_str(words[4], NULL, "and the list ends");
    is_int(parse("- -- -y --port"), OPTIONS_DONE, "a single dash is an operand, and all behind a double one");
    is_int(count, 4, "three of them");
    is_str(words[2], "-y", "as they are");
    ok(!options.shared.yes, "and no options");
}

static void test_abbreviations(void)
{
    is_int(parse("--ye --fl AI_ALL"), OPTIONS_DONE, "a long name may be cut short");
    ok(options.shared.yes && options.flags == AI_ALL, "to what is still its own");
    is_int(parse("--f"), OPTIONS_WRONG, "not shorter");
    is_str(error, "ambiguous option '--f'", "and it says so");
    is_int(parse("--verb"), OPTIONS_DONE, "even in the other set");
}

static void test_errors(void)
{
    static const struct {
        const char *line, *error;
    } wrong[] = {
        {"-z", "unknown option '-z'"},
        {"-yz", "unknown option '-z'"},
        {"--prot 1", "unknown option '--prot'; did you mean --port?"},
        {"--oxy", "unknown option '--oxy'"},
        {"--zzzzzz", "unknown option '--zzzzzz'"},
        {"-p", "-p needs a value (PORT)"},
        {"--port", "--port needs a value (PORT)"},
        {"--yes=1", "--yes takes no value"},
        {"-p 65536", "-p: '65536' is too large (0 to 65535)"},
        {"--port -1", "--port: '-1' is too small (0 to 65535)"},
        {"-p=80", "-p: '=80' is invalid (0 to 65535)"},
        {"-s 0", "-s: '0' is too small"},
        {"-s 2M", "-s: '2M' is too large"},
        {"-w -1", "-w: '-1' is not a duration (seconds, or with ms, s, m, h)"},
        {"-f AF_INTE", "-f: 'AF_INTE' is unknown; did you mean AF_INET?"},
        {"--flags AI_ALL,AI_PASIVE", "--flags: 'AI_PASIVE' is unknown; did you mean AI_PASSIVE?"},
        {"-c ugly", "-c: 'ugly' is not good"},
        {"--maybe=ugly", "--maybe: 'ugly' is not good"},
        {"-x", "-x: proxies are the work of other tools"},
        {"-x proxy", "-x: proxies are the work of other tools"},
        {"-xproxy", "-x: proxies are the work of other tools"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        is_int(parse(wrong[i].line), OPTIONS_WRONG, wrong[i].line);
        is_str(error, wrong[i].error, wrong[i].line);
    }
    is_int(parse("--help -z"), OPTIONS_HELP, "help wins over what stands behind it");
    is_int(parse("--version"), OPTIONS_VERSION, "the version");
}

/* What a printer of the table writes. */
static const char *printed(void (*print)(const struct option_set *, FILE *))
{
    static char *text;
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    print(sets, out);
    fclose(out);
    return text;
}

static void help_print(const struct option_set *printed_sets, FILE *out)
{
    options_help(printed_sets, 1000, out);
}

static void test_help(void)
{
    const char *help = printed(help_print);
    for (const struct option_set *set = sets; set->title; set++)
        for (const struct option_row *row = set->rows; row->type != OPTION_END; row++)
            is_int(strstr(help, row->help) != NULL, row->type != OPTION_REFUSED, row->help);
    ok(strstr(help, "  -p, --port PORT         the port\n"), "letter, name, argument and help in columns");
    ok(strstr(help, "      --flags AI_*        flags\n"), "without a letter the name keeps its column");
    ok(strstr(help, "      --maybe[=WORD]      a word or none\n"), "an optional value stands at the name");
    const char *list = printed(options_list);
    ok(strstr(list, "-p\t--port\tPORT\tthe port\n"), "the bare list");
    ok(strstr(list, "-x\t\tPROXY\trefused\n"), "names what is refused");
}

static const char *completed(const char *line)
{
    static char *text, copy[64];
    static char *typed[8];
    size_t size;
    int typed_count = 0;
    char *rest = copy, *word;
    snprintf(copy, sizeof(copy), "%s", line);
    while ((word = strsep(&rest, " ")))
        typed[typed_count++] = word;
    free(text);
    FILE *out = open_memstream(&text, &size);
    bool option = options_complete(sets, typed_count, typed, out);
    fclose(out);
    return option ? text : NULL;
}

static void test_completion(void)
{
    is_str(completed("--ver"), "--verbose\tsay more\n--version\tshow the version\n", "options");
    is_str(completed("--po"), "--port\tthe port\n", "one option");
    is_str(completed("-f AF_INET"), "AF_INET\nAF_INET6\n", "C names");
    is_str(completed("--family=AF_U"), "--family=AF_UNSPEC\n--family=AF_UNIX\n",
        "C names behind a sign of equality");
    is_str(completed("--flags AI_ALL,AI_V"), "AI_ALL,AI_V4MAPPED\n", "the last of a set");
    is_str(completed("-c g"), "good\nglad\n", "a completion of its own");
    is_str(completed("--custom=g"), "--custom=good\n--custom=glad\n", "the same behind a sign of equality");
    is_str(completed("--maybe g"), NULL, "an optional value is never the next word");
    is_str(completed("host"), NULL, "an operand is not the table's");
    is_str(completed("-y host"), NULL, "nor one behind an option without a value");
    is_str(completed("-p "), "", "a value without words to offer");
    ok(completed("-") && !strstr(completed("-"), "-x"), "what is refused is not offered");
}

static const char *peeked(const char *line)
{
    parse(line); /* splits it; the words may have moved */
    static char copy[256];
    char *rest = copy, *word;
    snprintf(copy, sizeof(copy), "%s", line);
    for (count = 1; (word = strsep(&rest, " "));)
        words[count++] = word;
    return option_peek(sets, "text", count, words);
}

static void test_peek(void)
{
    is_str(peeked("-y --text red host"), "red", "the value behind its name");
    is_str(peeked("--text=red --text=blue"), "blue", "the last one counts");
    is_str(peeked("--te red"), "red", "an abbreviation");
    is_str(peeked("--port --text red"), NULL, "the value of another option is none");
    is_str(peeked("-p --text red"), NULL, "nor that of a letter");
    is_str(peeked("-yp --text red"), NULL, "nor that of the last of several");
    is_str(peeked("-p80 --text red"), "red", "a letter with its value in the same word");
    is_str(peeked("-- --text red"), NULL, "behind the end of the options");
    is_str(peeked("--nothing --text red"), NULL, "the parser will refuse an unknown option");
    is_str(peeked("--text"), NULL, "without a value");
}

int main(void)
{
    test_values();
    test_operands();
    test_abbreviations();
    test_errors();
    test_help();
    test_completion();
    test_peek();
    return done();
}
