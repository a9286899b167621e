/* SPDX-License-Identifier: ISC */
/* Option tables: completion of options and of their values. */
#include <string.h>

#include "base/option.h"

void complete_offer(const struct completion *completion, const char *word, const char *help)
{
    fprintf(completion->out, "%s%s%s%s\n", completion->before ? completion->before : "", word,
        help ? "\t" : "", help ? help : "");
}

void complete_described(const struct completion *completion, const char *word, const char *help)
{
    if (strncmp(word, completion->prefix, strlen(completion->prefix)) == 0)
        complete_offer(completion, word, help);
}

void complete_word(const struct completion *completion, const char *word)
{
    complete_described(completion, word, NULL);
}

void complete_path(const struct completion *completion)
{
    fputs(":path\n", completion->out);
}

/* The row of a word such as "--timeout" or "-w"; NULL if there is none. */
static const struct option_row *word_row(const struct option_set *sets, const char *word, size_t length)
{
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++) {
            if (length > 2 && row->name && strlen(row->name) == length - 2 &&
                strncmp(word + 2, row->name, length - 2) == 0)
                return row;
            if (length == 2 && word[1] == row->letter)
                return row;
        }
    return NULL;
}

/* C names match in any case; in a set, the last name is completed. */
static void names_complete(
    const struct completion *completion, const struct name_table *names, enum option_type type)
{
    const char *comma = type == OPTION_FLAGS ? strrchr(completion->prefix, ',') : NULL;
    const char *text = comma ? comma + 1 : completion->prefix;
    char word[NAME_TEXT_MAX];
    for (const struct name *row = names->rows; row->name; row++)
        if (strncasecmp(row->name, text, strlen(text)) == 0) {
            snprintf(word, sizeof(word), "%.*s%s", (int)(text - completion->prefix), completion->prefix,
                row->name);
            complete_offer(completion, word, NULL);
        }
}

/* text is a value, or the end of "--name=value", whose beginning is kept. */
static void value_complete(const struct option_row *row, const char *text, const char *whole, FILE *out)
{
    char before[128];
    const struct completion completion = {text, out, before};
    snprintf(before, sizeof(before), "%.*s", (int)(text - whole), whole);
    if (row->complete)
        row->complete(&completion);
    else if (row->names)
        names_complete(&completion, row->names, row->type);
}

static void options_offer(const struct option_set *sets, const char *word, FILE *out)
{
    const struct completion completion = {word, out, NULL};
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++) {
            char text[128];
            if (row->type == OPTION_REFUSED)
                continue;
            if (row->name) {
                snprintf(text, sizeof(text), "--%s", row->name);
                complete_described(&completion, text, row->help);
            }
            if (row->letter) {
                snprintf(text, sizeof(text), "-%c", row->letter);
                complete_described(&completion, text, row->help);
            }
        }
}

bool options_complete(const struct option_set *sets, int count, char **words, FILE *out)
{
    const char *last = words[count - 1];
    const char *before = count > 1 ? words[count - 2] : "";
    size_t name = strcspn(last, "=");
    if (before[0] == '-' && before[1] && !strchr(before, '=')) {
        const struct option_row *row = word_row(sets, before, strlen(before));
        if (row && row->argument && row->type != OPTION_REFUSED && !option_value_is_optional(row)) {
            value_complete(row, last, last, out);
            return true;
        }
    }
    if (strncmp(last, "--", 2) == 0 && last[name] == '=') {
        const struct option_row *row = word_row(sets, last, name);
        if (row && row->argument)
            value_complete(row, last + name + 1, last, out);
        return true;
    }
    if (last[0] != '-')
        return false;
    options_offer(sets, last, out);
    return true;
}
