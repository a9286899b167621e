/* SPDX-License-Identifier: ISC */
/* Options for the calls, flags, pieces and ancillary data with which connect and listen send and receive. */
#ifndef CMD_OPTIONS_MESSAGE_OPTIONS_H
#define CMD_OPTIONS_MESSAGE_OPTIONS_H

#include "base/option.h"
#include "net/data/message.h"
#include "net/socket/spec.h"

struct message_options {
    long send_flags, receive_flags; /* -1: not given */
    int send, receive;              /* enum send_call, receive_call; -1: not given */
    int64_t control_room;           /* by --cmsg; -1: not given */
    struct message_plan plan;       /* the result of the options; pieces and descriptors are filled in while
                                     * parsing */
};

#define MESSAGE_DEFAULTS                                                                                     \
    {                                                                                                        \
        .send_flags = -1, .receive_flags = -1, .send = -1, .receive = -1, .control_room = -1                 \
    }

/* All rows, and those used by oob-send and oob-recv. */
extern const struct option_row message_rows[], send_flag_rows[], recv_flag_rows[];

/* Whether any of these options was given; otherwise net/data/message.h is not used. */
bool message_options_given(const struct message_options *options);

/* Checks them, makes the plan, and requests ancillary data in spec->settings. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int message_options_plan(struct message_options *options, struct spec *spec);

/* Call it after the signals are set: if the user removed MSG_NOSIGNAL, SIGPIPE gets its default effect
 * back. */
void message_options_begin(const struct message_options *options);

/* The sum of all pieces; 0: none given. */
size_t message_options_size(const struct message_options *options);

#endif
