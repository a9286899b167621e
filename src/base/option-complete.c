/* Option tables: completion of options and of their values. */
#include <string.h>

#include "base/option.h"

void complete_word(const struct completion *completion, const char *word)
{
    if (strncmp(word, completion->prefix, strlen(completion->prefix)) == 0)
        fprintf(completion->out, "%s\n", word);
}

void complete_path(const struct completion *completion)
{
    fputs(":path\n", completion->out);
}

/* The row of a word such as "--timeout" or "-w"; NULL when it names none. */
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

static void names_complete(
    const struct name_table *names, const char *text, FILE *out, const char *before, size_t length)
{
    for (const struct name *row = names->rows; row->name; row++)
        if (strncasecmp(row->name, text, strlen(text)) == 0)
            fprintf(out, "%.*s%s\n", (int)length, before, row->name);
}

/* Values of a set are joined by commas: what is in front of the last one is kept. */
static void value_complete(const struct option_row *row, const char *text, const char *whole, FILE *out)
{
    size_t before = (size_t)(text - whole);
    if (row->type == OPTION_FLAGS) {
        const char *comma = strrchr(text, ',');
        before += comma ? (size_t)(comma + 1 - text) : 0;
    }
    if (row->complete)
        row->complete(&(struct completion){text, out});
    else if (row->names)
        names_complete(row->names, whole + before, out, whole, before);
}

static void options_offer(const struct option_set *sets, const char *word, FILE *out)
{
    const struct completion completion = {word, out};
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++) {
            char text[128];
            if (row->type == OPTION_REFUSED)
                continue;
            if (row->name) {
                snprintf(text, sizeof(text), "--%s", row->name);
                complete_word(&completion, text);
            }
            if (row->letter) {
                snprintf(text, sizeof(text), "-%c", row->letter);
                complete_word(&completion, text);
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
