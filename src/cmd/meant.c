/* SPDX-License-Identifier: ISC */
/* Hints: the whole command that was meant; see meant.h. */
#include "cmd/meant.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/page.h"

/* The command line: a copy of each word, and the word itself, by which a command knows it. */
static struct {
    int count;
    char **words, **itself;
} given;

char **words_copy(int argc, char **argv)
{
    size_t count = (size_t)argc, size = (2 * count + 1) * sizeof(*argv);
    char **words;
    for (int i = 0; i < argc; i++)
        size += strlen(argv[i]) + 1;
    if (!(words = malloc(size)))
        return NULL;
    char *at = (char *)(words + 2 * count + 1);
    for (int i = 0; i < argc; i++) {
        words[i] = at;
        words[argc + 1 + i] = argv[i];
        at = stpcpy(at, argv[i]) + 1;
    }
    words[argc] = NULL;
    return words;
}

char **words_keep(int argc, char **argv)
{
    char **words = words_copy(argc, argv);
    if (words) {
        given.count = argc;
        given.words = words;
        given.itself = words + argc + 1;
    }
    return words;
}

void word_write(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-[]";
    fputc(' ', out);
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (const char[]){*word, '\0'}, out);
    fputc('\'', out);
}

static const struct correction *correction_find(
    const struct correction *corrections, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (corrections[i].operand == word)
            return &corrections[i];
    return NULL;
}

/* "sockctl connect 127.0.0.1 80"; the caller frees it. NULL if memory runs out. */
static char *line_corrected(const struct correction *corrections, size_t count)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    fputs("sockctl", out);
    for (int i = 1; i < given.count; i++) {
        const struct correction *found = correction_find(corrections, count, given.itself[i]);
        if (!found)
            word_write(out, given.words[i]);
        for (size_t word = 0; found && word < array_size(found->words) && found->words[word]; word++)
            word_write(out, found->words[word]);
    }
    return fclose(out) == 0 ? line : NULL;
}

int corrected_error(const struct correction *corrections, size_t count, const char *format, ...)
{
    va_list arguments;
    cleanup_free char *problem = NULL, *line = line_corrected(corrections, count);
    va_start(arguments, format);
    if (vasprintf(&problem, format, arguments) < 0)
        problem = NULL;
    va_end(arguments);
    return problem && line ? usage_error("%s; did you mean: %s", problem, line) : memory_finish();
}
