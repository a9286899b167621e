/* SPDX-License-Identifier: ISC */
/* Option tables: one row gives an option its parsing, its line of help and its completion. */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/name.h"

enum option_type {
    OPTION_END,
    OPTION_TRUE,     /* bool: set */
    OPTION_FALSE,    /* bool: cleared */
    OPTION_SET,      /* int: becomes minimum; of several the last one counts */
    OPTION_ONE_OF,   /* int: becomes minimum; excludes the other rows of its set for the same field */
    OPTION_COUNT,    /* int: counts how often it was given */
    OPTION_INT,      /* int, between minimum and maximum */
    OPTION_SIZE,     /* uint64_t, between minimum and maximum, K M G */
    OPTION_DURATION, /* int64_t nanoseconds; "-1" is accepted if minimum is -1 */
    OPTION_TEXT,     /* const char * */
    OPTION_NAME,     /* int: one constant of names, or a number */
    OPTION_CHOICE,   /* int: one constant of names, nothing else */
    OPTION_FLAGS,    /* long: a set of constants of names */
    OPTION_CUSTOM,   /* parse() */
    OPTION_IGNORED,  /* accepted without effect, because it is the default */
    OPTION_REFUSED,  /* usage error: help is the sentence that says what to use instead */
    OPTION_HELP,
    OPTION_VERSION,
};

/* Where completion prints its words. */
struct completion {
    const char *prefix; /* what has been typed so far */
    FILE *out;
    const char *before; /* what precedes it in the same word ("--family=") and is kept; or NULL */
};
/* Offers word if it begins with what was typed; help describes it, or NULL. A line is "WORD<TAB>HELP". */
void complete_word(const struct completion *completion, const char *word);
void complete_described(const struct completion *completion, const char *word, const char *help);
/* As complete_word(), but without comparing: the caller has done so. */
void complete_offer(const struct completion *completion, const char *word, const char *help);
/* Has the shell complete a file name. */
void complete_path(const struct completion *completion);

struct option_row {
    char letter;          /* 0: none */
    const char *name;     /* long name without dashes, or NULL */
    const char *argument; /* "T", "ADDR"; NULL: takes none; "[=T]": optional, only as --name=T */
    const char *help;
    enum option_type type;
    size_t offset; /* of the field in the command's struct, counted from the base of the set */
    long long minimum, maximum;
    const struct name_table *names;
    long long absent; /* of a choice or duration whose value is optional: what the field becomes without it */
    /* Of OPTION_CUSTOM: writes the field; on failure writes the reason to error, without the option's name.
     * text is NULL if an optional value is missing. */
    bool (*parse)(const char *text, void *field, char *error, size_t size);
    void (*complete)(const struct completion *completion);
    void (*list)(FILE *out, size_t width); /* what the value "help" prints instead; NULL: no such value */
};

/* Whether the option may stand with and without a value; it then has no letter, and is OPTION_CHOICE,
 * OPTION_DURATION or OPTION_CUSTOM. */
bool option_value_is_optional(const struct option_row *row);

/* Rows that belong together: their heading in the help, which sets of the same title share, and where their
 * fields begin in the command's struct. */
struct option_set {
    const char *title;
    const struct option_row *rows; /* ends with OPTION_END */
    size_t base;
};

enum option_outcome { OPTIONS_DONE, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_LISTED, OPTIONS_WRONG };

/* Reads the options of argv[1…], in any order with the operands, which are moved to the front of argv[1…] and
 * counted. "--" ends the options. OPTIONS_LISTED: a value was "help", which options_value_help() prints.
 * OPTIONS_WRONG: error names the wrong text and the reason. */
enum option_outcome options_parse(
    const struct option_set *sets, void *options, int *argc, char **argv, char *error, size_t size);

/* The value of a long option, as options_parse() will find it (the last one), without reading any other;
 * NULL: none, or the words before it are wrong. */
const char *option_peek(const struct option_set *sets, const char *name, int argc, char **argv);

/* Prints what the value "help" of an option lists, in lines of at most width columns; at most one option of a
 * command has such a list. */
void options_value_help(const struct option_set *sets, size_t width, FILE *out);

/* Prints the options part of --help in lines of at most width columns. sets end with a NULL title. */
void options_help(const struct option_set *sets, size_t width, FILE *out);
/* The columns for help on fd: those of the terminal, between 50 and 100; 80 if it is not one. */
size_t help_width(int fd);
/* Writes words from column on, in lines of at most width columns, and ends the last one. */
void words_wrap(FILE *out, const char *text, size_t column, size_t width);

/* Completes the last of count words; true if it was an option or an option's value. */
bool options_complete(const struct option_set *sets, int count, char **words, FILE *out);

/* Prints one line per option, "-w<TAB>--timeout<TAB>T<TAB>help", for tests that compare the manual with the
 * table. */
void options_list(const struct option_set *sets, FILE *out);

#endif
