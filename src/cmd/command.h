/* SPDX-License-Identifier: ISC */
/* Commands: one record each, and the list of them. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "base/option.h"
#include "cmd/permit.h"
#include "report/event.h"

/* The same table for every command. */
enum exit_status {
#define STATUS(id, number, meaning) EXIT_##id = (number),
#include "cmd/statuses.def"
#undef STATUS
};

struct command {
    const char *name;
    const char *summary;         /* one line, for the list of commands and the top of the help */
    const char *operands;        /* "HOST PORT | -U PATH" */
    const char *const *examples; /* for the end of the help; ends with NULL */
    int minimum, maximum;        /* number of operands */
    size_t options_size;  /* size of the command's own struct, which begins with struct report_options */
    const void *defaults; /* default values of that struct, or NULL: all zero */
    const struct option_set *sets;
    const struct permit_set *permits; /* see permit.h */
    int report_fd;                    /* STDOUT_FILENO or STDERR_FILENO */
    bool takes_all_netns;             /* --netns all */
    /* Checks all arguments before the first socket: EXIT_DONE, or EXIT_USAGE after usage_error(). operands
     * are argc words. May be NULL. */
    int (*plan)(void *options, int argc, char **argv);
    /* Runs the command and returns the exit status. */
    int (*run)(void *options, struct sink *sink);
    /* Completes an operand, counted from 0; options hold the words before it. NULL: no completion. */
    void (*complete)(const void *options, int position, const struct completion *completion);
};

/* What --draw asks for. */
struct picture_options {
    bool on;
    const char *svg; /* the file; NULL: text */
};

/* The options of every command; the first member of its own options. */
struct report_options {
    int verbose;
    bool quiet;
    bool json;
    bool no_sandbox;
    int color;                      /* enum color */
    struct picture_options picture; /* of the commands with picture_rows */
    const char *netns;              /* NULL: our own */
};
extern const struct option_row report_rows[];

extern const struct command command_connect, command_listen, command_resolve, command_reverse;
extern const struct command command_draw, command_peerinfo;
extern const struct command command_oob_recv, command_oob_send;
extern const struct command *const commands[]; /* ends with NULL */

/* Prints a line on stderr with one write(2); control characters in it are escaped. */
void message_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "sockctl connect: TEXT" and a hint to the help on stderr. Returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "sockctl connect: TEXT" about a right, a library or a feature that is missing here. Returns
 * EXIT_MISSING. */
int missing_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
