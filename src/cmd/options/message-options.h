/* The options that say by which call, with which flags, pieces and ancillary data connect and listen send and
 * receive. */
#ifndef CMD_OPTIONS_MESSAGE_OPTIONS_H
#define CMD_OPTIONS_MESSAGE_OPTIONS_H

#include "base/option.h"
#include "net/data/message.h"
#include "net/socket/spec.h"

struct message_options {
    long send_flags, receive_flags; /* -1: not given */
    int send, receive;              /* enum send_call, receive_call; -1: not given */
    int64_t control_room;           /* of --cmsg; -1: not given */
    struct message_plan plan;       /* what the options come to; pieces and descriptors are theirs at once */
};

#define MESSAGE_DEFAULTS                                                                                     \
    {                                                                                                        \
        .send_flags = -1, .receive_flags = -1, .send = -1, .receive = -1, .control_room = -1                 \
    }

/* All of them, and those that oob-send and oob-recv have alone. */
extern const struct option_row message_rows[], send_flag_rows[], recv_flag_rows[];

/* Whether any of them was given: else nothing of net/data/message.h is used. */
bool message_options_given(const struct message_options *options);

/* Checks them, makes the plan, and asks for the ancillary data in spec->settings. EXIT_DONE, or EXIT_USAGE
 * after usage_error(). */
int message_options_plan(struct message_options *options, struct spec *spec);

/* To be called when the signals are set: where the user took MSG_NOSIGNAL away, SIGPIPE has its default
 * effect again. */
void message_options_begin(const struct message_options *options);

/* All pieces together; 0: none were given. */
size_t message_options_size(const struct message_options *options);

#endif
