/* Commands: one record each, and the list of them. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "base/option.h"
#include "cmd/permit.h"
#include "report/event.h"

/* One table for every command. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_RESOLVE = 3,
    EXIT_REFUSED = 4,
    EXIT_TIMEOUT = 5,
    EXIT_UNREACHABLE = 6,
    EXIT_LOCAL = 7,
    EXIT_BROKEN = 8,
    EXIT_SIGNAL = 128, /* + the number */
};

struct command {
    const char *name;
    const char *summary;  /* one line, in the list of commands and at the top of the help */
    const char *operands; /* "HOST PORT | -U PATH" */
    int minimum, maximum; /* of operands */
    size_t options_size;  /* of the command's own struct, which begins with struct report_options */
    const void *defaults; /* of that struct, or NULL: all zero */
    const struct option_set *sets;
    const struct permit_set *permits; /* see permit.h */
    int report_fd;                    /* STDOUT_FILENO or STDERR_FILENO */
    /* Finds everything that is wrong in the arguments before the first socket: EXIT_DONE, or EXIT_USAGE after
     * usage_error(). operands are argc words. It may be NULL. */
    int (*plan)(void *options, int argc, char **argv);
    /* Does it, and returns the exit status. */
    int (*run)(void *options, struct sink *sink);
    /* Completes an operand, counted from 0; options are what the words in front of it say. NULL: nothing. */
    void (*complete)(const void *options, int position, const struct completion *completion);
};

/* What every command has; the first member of its options. */
struct report_options {
    int verbose;
    bool quiet;
    bool json;
    bool no_sandbox;
};
extern const struct option_row report_rows[];

extern const struct command command_connect, command_listen, command_resolve, command_reverse;
extern const struct command command_peerinfo;
extern const struct command command_oob_recv, command_oob_send;
extern const struct command *const commands[]; /* ends with NULL */

/* A line on stderr, in one write(2); what it quotes has no control over the terminal. */
void message_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "sockctl connect: TEXT" and where the help is, on stderr. Returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
