/* SPDX-License-Identifier: ISC */
/* nc: the command line, the exit statuses and the silence of OpenBSD's nc, with the sockets of connect and
 * listen. */
#ifndef CMD_NC_NC_H
#define CMD_NC_NC_H

#include "cmd/options/transfer-options.h"
#include "net/socket/spec.h"
#include "net/watch/context.h"

/* Filled by the letters, completed by nc_plan() and constant after it. */
struct nc_options {
    struct spec spec;
    struct transfer_options transfer;
    bool listens, keeps, probes, half_closes, shuffles;
    int verbose;
    int timeout, interval; /* seconds; -1: not given */
    int quit_after;        /* the same; negative: for ever */
    int receives;          /* 0: not given */
    char **ports;          /* of a client: port_count operands, each a port, a range or a name */
    int port_count;
};

#define NC_DEFAULTS                                                                                          \
    {                                                                                                        \
        .spec = SPEC_DEFAULTS, .transfer = TRANSFER_DEFAULTS, .timeout = -1, .interval = -1,                 \
        .quit_after = -1                                                                                     \
    }

/* The table of letters, one row each. */
extern const struct option_set nc_sets[];

/* Prints "nc: TEXT" on stderr. Returns EXIT_OTHER. */
int nc_mistake(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes the synopsis that the table amounts to. */
void nc_usage_write(FILE *out, size_t width);

/* Checks the letters and reads the argc operands. EXIT_DONE, or EXIT_OTHER after a message. */
int nc_plan(struct nc_options *options, int argc, char **argv);

/* Connects to one port after the other, or listens. They return the exit status. */
int nc_client_run(const struct nc_options *options, const struct context *context);
int nc_server_run(const struct nc_options *options, const struct context *context);

/* The status after transfer_move(): whatever the peer did is an end like another, as nc sees it; only a
 * failure of stdin or stdout is one. */
int nc_transfer_status(int result, const struct failure *failure);

/* Whether a program of this name (argv[0]) is to be nc. */
bool nc_is_name(const char *name);

/* Does all that nc does, and returns its exit status: 0, 1, or EXIT_SIGNAL + n. */
int nc_main(int argc, char **argv);

#endif
