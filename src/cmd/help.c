/* SPDX-License-Identifier: ISC */
/* The pages of help; see help.h. */
#include "cmd/help.h"

#include <string.h>

#include "cmd/guide-index.inc"

void help_end(const char *const *examples, const char *manual, FILE *out)
{
    fputs("\nExamples:\n", out);
    for (; *examples; examples++)
        fprintf(out, "  %s\n", *examples);
    fprintf(out, "\nThe manual is %s(1).\nReport bugs to <" PACKAGE_BUGREPORT ">.\n", manual);
}

void command_help(const struct command *command, size_t width, FILE *out)
{
    char usage[512], manual[64];
    snprintf(usage, sizeof(usage), "sockctl %s [OPTION...] %s", command->name, command->operands);
    fputs("Usage: ", out);
    words_wrap(out, usage, strlen("Usage: "), width);
    fputc('\n', out);
    words_wrap(out, command->summary, 0, width);
    options_help(command->sets, width, out);
    snprintf(manual, sizeof(manual), "sockctl-%s", command->name);
    help_end(command->examples, manual, out);
}

/* "  NAME       summary", which is wrapped under its beginning. */
static void summary_write(const char *name, const char *summary, size_t width, FILE *out)
{
    int column = fprintf(out, "  %-10s ", name);
    words_wrap(out, summary, (size_t)column, width);
}

void commands_help(size_t width, FILE *out)
{
    fputs("Usage: sockctl COMMAND [OPTION...] [OPERAND...]\n\n", out);
    words_wrap(out,
        "Makes the Linux socket API visible: does what the command says and shows how the kernel answered.",
        0, width);
    fputc('\n', out);
    for (const struct command *const *at = commands; *at; at++)
        summary_write((*at)->name, (*at)->summary, width, out);
    fputs("\n'sockctl help COMMAND' shows its options.\n", out);
    for (const struct help_page *page = help_pages; page->name; page++)
        fprintf(out, "'sockctl help %s' shows %s.\n", page->name, page->summary);
    help_end(
        (const char *const[]){"sockctl peerinfo", "sockctl connect -v example.org 80", NULL}, "sockctl", out);
}

static void topics_help(size_t width, FILE *out)
{
    words_wrap(out,
        "The guide takes the socket API apart, topic by topic; every block of it is run by the tests:", 0,
        width);
    fputc('\n', out);
    for (const char *const *at = guide_topics; *at; at++) {
        fputs("  ", out);
        words_wrap(out, *at, strlen("  "), width);
    }
    fputc('\n', out);
    words_wrap(out, "It is doc/topics.md in the source, installed as " GUIDE_FILE ".", 0, width);
}

static void statuses_help(size_t width, FILE *out)
{
    static const struct {
        int number;
        const char *meaning;
    } statuses[] = {
#define STATUS(id, number, meaning) {number, meaning},
#include "cmd/statuses.def"
#undef STATUS
    };
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d%s", statuses[i].number,
            statuses[i].number == EXIT_SIGNAL ? "+n" : "");
        fprintf(out, "  %-5s  ", number);
        words_wrap(out, statuses[i].meaning, strlen("  128+n  "), width);
    }
    fputs("\nEXIT STATUS in sockctl(1) says more.\n", out);
}

const struct help_page help_pages[] = {
    {"topics", "the topics of the guide", topics_help},
    {"exit", "the exit statuses", statuses_help},
    {.name = NULL},
};
