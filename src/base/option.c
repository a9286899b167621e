/* SPDX-License-Identifier: ISC */
/* Option tables: the parser. option-help.c and option-complete.c read the same rows. */
#include "base/option.h"

#include <string.h>

#include "base/number.h"

/* A row, and the set in which it was found. */
struct found {
    const struct option_set *set;
    const struct option_row *row;
};

static struct found letter_find(const struct option_set *sets, char letter)
{
    for (; sets->title; sets++)
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++)
            if (row->letter == letter)
                return (struct found){sets, row};
    return (struct found){NULL, NULL};
}

/* The row with this long name, or the only one that it abbreviates; *several: it abbreviates several. */
static struct found name_lookup(const struct option_set *sets, const char *name, size_t length, bool *several)
{
    struct found found = {NULL, NULL};
    *several = false;
    for (; sets->title; sets++) {
        for (const struct option_row *row = sets->rows; row->type != OPTION_END; row++) {
            if (!row->name || strncmp(row->name, name, length) != 0)
                continue;
            if (row->name[length] == '\0') {
                *several = false;
                return (struct found){sets, row};
            }
            *several = found.row != NULL;
            found = (struct found){sets, row};
        }
    }
    return found;
}

bool option_value_is_optional(const struct option_row *row)
{
    return row->argument && strncmp(row->argument, "[=", 2) == 0;
}

struct walk {
    const struct option_set *sets;
    const struct option_row *row;
};

static const char *long_name_next(void *state)
{
    struct walk *walk = state;
    while (walk->sets->title) {
        const struct option_row *row = walk->row ? walk->row + 1 : walk->sets->rows;
        walk->row = row;
        if (row->type == OPTION_END) {
            walk->sets++;
            walk->row = NULL;
        } else if (row->name) {
            return row->name;
        }
    }
    return NULL;
}

static bool duration_store(const struct option_row *row, const char *text, int64_t *field, const char **why)
{
    if (!text || (row->minimum == -1 && strcmp(text, "-1") == 0)) {
        *field = text ? -1 : row->absent;
        return true;
    }
    return duration_parse(text, field, why);
}

/* Appends the words that a choice takes to the message that refused one: " (poll, select)". */
static void choices_append(const struct name_table *names, char *error, size_t size)
{
    for (const struct name *row = names->rows; row->name; row++) {
        strlcat(error, row == names->rows ? " (" : ", ", size);
        strlcat(error, row->name, size);
    }
    strlcat(error, ")", size);
}

static bool name_store(const struct option_row *row, const char *text, int *field, char *error, size_t size)
{
    bool any = row->type == OPTION_NAME;
    long value = (long)row->absent;
    if (!text || (name_parse(row->names, text, &value) && (any || name_find(row->names, value)))) {
        *field = (int)value;
        return true;
    }
    if (!name_unknown(row->names, text, error, size) && !any)
        choices_append(row->names, error, size);
    return false;
}

/* Writes the value into the field. On failure error begins with the offending text. */
static bool value_store(const struct option_row *row, void *field, const char *text, char *error, size_t size)
{
    const char *why = NULL;
    char bad[NAME_TEXT_MAX];
    long long number;
    switch (row->type) {
    case OPTION_TRUE: *(bool *)field = true; return true;
    case OPTION_FALSE: *(bool *)field = false; return true;
    case OPTION_SET:
    case OPTION_ONE_OF: *(int *)field = (int)row->minimum; return true;
    case OPTION_COUNT: ++*(int *)field; return true;
    case OPTION_TEXT: *(const char **)field = text; return true;
    case OPTION_IGNORED: return true;
    case OPTION_INT:
        if (number_parse(text, row->minimum, row->maximum, &number, &why)) {
            *(int *)field = (int)number;
            return true;
        }
        snprintf(error, size, "'%s' is %s (%lld to %lld)", text, why, row->minimum, row->maximum);
        return false;
    case OPTION_SIZE:
        if (size_parse(text, (uint64_t)row->minimum, row->maximum ? (uint64_t)row->maximum : UINT64_MAX,
                field, &why))
            return true;
        snprintf(error, size, "'%s' is %s", text, why);
        return false;
    case OPTION_DURATION:
        if (duration_store(row, text, field, &why))
            return true;
        snprintf(error, size, "'%s' is %s", text, why);
        return false;
    case OPTION_NAME:
    case OPTION_CHOICE: return name_store(row, text, field, error, size);
    case OPTION_FLAGS:
        if (name_flags_parse(row->names, text, field, bad, sizeof(bad)))
            return true;
        name_unknown(row->names, bad, error, size);
        return false;
    case OPTION_CUSTOM: return row->parse(text, field, error, size);
    case OPTION_END:
    case OPTION_REFUSED:
    case OPTION_HELP:
    case OPTION_VERSION: break;
    }
    return false;
}

/* The parser: what it reads, how far it has come, and where the error message goes. */
struct parser {
    const struct option_set *sets;
    void *options;
    int argc, at; /* at: the word that is being read */
    char **argv;
    char *error;
    size_t size;
};

/* The row that has set the field of an OPTION_ONE_OF to another value, or NULL. */
static const struct option_row *other_set(struct found found, const void *field)
{
    const struct option_row *row = found.set->rows;
    if (found.row->type != OPTION_ONE_OF || *(const int *)field == (int)found.row->minimum)
        return NULL;
    while (row->type != OPTION_END && (row->type != OPTION_ONE_OF || row->offset != found.row->offset ||
                                          row->minimum != *(const int *)field))
        row++;
    return row->type == OPTION_END ? NULL : row;
}

static enum option_outcome option_apply(
    const struct parser *parser, struct found found, const char *shown, const char *text)
{
    char why[512];
    switch (found.row->type) {
    case OPTION_HELP: return OPTIONS_HELP;
    case OPTION_VERSION: return OPTIONS_VERSION;
    case OPTION_REFUSED:
        snprintf(parser->error, parser->size, "%s: %s", shown, found.row->help);
        return OPTIONS_WRONG;
    default: break;
    }
    if (found.row->list && text && strcmp(text, "help") == 0)
        return OPTIONS_LISTED;
    void *field = (char *)parser->options + found.set->base + found.row->offset;
    const struct option_row *other = other_set(found, field);
    if (other) {
        const char letter[] = {'-', other->letter, '\0'};
        snprintf(parser->error, parser->size, "%s excludes %s%s", shown, other->letter ? letter : "--",
            other->letter ? "" : other->name);
        return OPTIONS_WRONG;
    }
    if (value_store(found.row, field, text, why, sizeof(why)))
        return OPTIONS_DONE;
    snprintf(parser->error, parser->size, "%s: %s", shown, why);
    return OPTIONS_WRONG;
}

/* Takes the next word as the value of an option; NULL, with a message, if there is none. */
static const char *value_take(struct parser *parser, const struct option_row *row, const char *shown)
{
    if (parser->at + 1 < parser->argc)
        return parser->argv[++parser->at];
    snprintf(parser->error, parser->size, "%s needs a value (%s)", shown, row->argument);
    return NULL;
}

/* Reads one word of short options: "-nv", "-w5", "-w" "5". */
static enum option_outcome short_options_parse(struct parser *parser)
{
    for (const char *letter = parser->argv[parser->at] + 1; *letter; letter++) {
        char shown[3] = {'-', *letter, '\0'};
        struct found found = letter_find(parser->sets, *letter);
        if (!found.row) {
            snprintf(parser->error, parser->size, "unknown option '%s'", shown);
            return OPTIONS_WRONG;
        }
        const char *value = NULL;
        bool takes = found.row->argument && found.row->type != OPTION_REFUSED;
        if (takes && letter[1])
            value = letter + 1;
        else if (takes && !(value = value_take(parser, found.row, shown)))
            return OPTIONS_WRONG;
        enum option_outcome outcome = option_apply(parser, found, shown, value);
        if (outcome != OPTIONS_DONE || takes)
            return outcome;
    }
    return OPTIONS_DONE;
}

static enum option_outcome long_option_parse(struct parser *parser)
{
    const char *name = parser->argv[parser->at] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    char shown[128];
    bool several;
    struct found found = name_lookup(parser->sets, name, length, &several);
    snprintf(shown, sizeof(shown), "--%.*s", (int)length, name);
    if (!found.row || several) {
        struct walk walk = {parser->sets, NULL};
        const char *near = several ? NULL : nearest_word(shown + 2, long_name_next, &walk);
        snprintf(parser->error, parser->size, "%s option '%s'%s%s%s", several ? "ambiguous" : "unknown",
            shown, near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
        return OPTIONS_WRONG;
    }
    snprintf(shown, sizeof(shown), "--%s", found.row->name);
    if (value && !found.row->argument) {
        snprintf(parser->error, parser->size, "%s takes no value", shown);
        return OPTIONS_WRONG;
    }
    bool needs =
        found.row->argument && found.row->type != OPTION_REFUSED && !option_value_is_optional(found.row);
    if (!value && needs && !(value = value_take(parser, found.row, shown)))
        return OPTIONS_WRONG;
    return option_apply(parser, found, shown, value);
}

enum option_outcome options_parse(
    const struct option_set *sets, void *options, int *argc, char **argv, char *error, size_t size)
{
    struct parser parser = {
        .sets = sets, .options = options, .argc = *argc, .argv = argv, .error = error, .size = size};
    int operands = 0;
    bool ended = false;
    for (parser.at = 1; parser.at < parser.argc; parser.at++) {
        enum option_outcome outcome = OPTIONS_DONE;
        char *word = argv[parser.at];
        if (ended || word[0] != '-' || !word[1])
            argv[++operands] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-')
            outcome = long_option_parse(&parser);
        else
            outcome = short_options_parse(&parser);
        if (outcome != OPTIONS_DONE)
            return outcome;
    }
    *argc = operands + 1;
    argv[*argc] = NULL;
    return OPTIONS_DONE;
}

static bool takes_word(const struct option_row *row)
{
    return row->argument && row->type != OPTION_REFUSED && !option_value_is_optional(row);
}

/* Whether the value of the last of the letters in a word is the next word; false also for a wrong letter. */
static bool letters_take_word(const struct option_set *sets, const char *letters)
{
    for (; *letters; letters++) {
        struct found found = letter_find(sets, *letters);
        if (found.row && takes_word(found.row))
            return letters[1] == '\0';
    }
    return false;
}

const char *option_peek(const struct option_set *sets, const char *name, int argc, char **argv)
{
    const char *value = NULL;
    bool several;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *word = argv[i];
        if (word[0] != '-' || !word[1])
            continue;
        if (word[1] != '-') {
            i += letters_take_word(sets, word + 1);
            continue;
        }
        const char *equals = strchr(word, '=');
        size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word + 2);
        struct found found = name_lookup(sets, word + 2, length, &several);
        if (!found.row || several)
            return NULL;
        bool takes = takes_word(found.row) && !equals;
        if (strcmp(found.row->name, name) == 0)
            value = equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : NULL;
        i += takes;
    }
    return value;
}
