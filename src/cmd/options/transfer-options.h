/* SPDX-License-Identifier: ISC */
/* Options for moving data in connect and listen, and the plan made from them. */
#ifndef CMD_OPTIONS_TRANSFER_OPTIONS_H
#define CMD_OPTIONS_TRANSFER_OPTIONS_H

#include <sys/socket.h>

#include "base/option.h"
#include "cmd/options/message-options.h"
#include "cmd/permit.h"
#include "net/data/relay.h"
#include "net/data/second.h"
#include "net/socket/spec.h"

struct io_choice {
    enum io_mode mode;
    uint64_t bytes; /* for source */
};

/* Durations: -1 is unset. */
struct transfer_options {
    bool no_input; /* -d */
    bool crowd;    /* not an option: many connections share the memory */
    bool accepts;  /* not an option: the peers connect to us */
    bool piped;    /* not an option: the end of stdout's reader is an end */
    bool several;  /* not an option: one conversation after another uses stdout */
    bool no_shutdown, crlf, hexdump, reset, strict;
    int peer_eof_end; /* a bool */
    int64_t quit_after, interval, linger;
    uint64_t receives, chunk; /* chunk 0: the default */
    int shutdown_how;
    int urgent; /* enum urgent_mode */
    struct io_choice io;
    struct message_options messages;
    int second; /* --dup */
    bool follow, trace, drops, progress;
};

#define TRANSFER_DEFAULTS                                                                                    \
    {                                                                                                        \
        .quit_after = -1, .interval = -1, .linger = -1, .shutdown_how = SHUT_WR,                             \
        .messages = MESSAGE_DEFAULTS, .io = {                                                                \
            .bytes = UINT64_MAX                                                                              \
        }                                                                                                    \
    }

extern const struct option_row transfer_rows[];
extern const struct permit transfer_permits[]; /* of struct transfer_options */

/* What the command makes of the connections. */
struct transfer_use {
    const char *silent; /* the option because of which stdin is not read; NULL: it is read */
    bool unaccepted;    /* --no-accept */
};

/* Refuses options that have no effect. One that asks for what happens anyway (--no-shutdown with -d) is not
 * refused. nc ignores them: only our own commands call this. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int transfer_options_check(
    const struct transfer_options *options, const struct spec *spec, const struct transfer_use *use);

/* Checks what the rows alone cannot, and sets what follows for the socket. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int transfer_options_plan(struct transfer_options *options, struct spec *spec);

/* What they amount to for a socket as spec says. */
struct relay_plan transfer_plan(const struct transfer_options *options, const struct spec *spec);

#endif
