/* --send-flags and --recv-flags: the MSG_* flags of the calls that move data. */
#ifndef CMD_FLAG_OPTIONS_H
#define CMD_FLAG_OPTIONS_H

#include "base/option.h"

/* -1: not given. */
struct flag_options {
    long send, receive;
};

#define FLAG_DEFAULTS                                                                                        \
    {                                                                                                        \
        .send = -1, .receive = -1                                                                            \
    }

extern const struct option_row send_flag_rows[], recv_flag_rows[];

/* The flags of each send: MSG_NOSIGNAL unless the user gave others. Without it SIGPIPE has its default effect again. */
int send_flags_begin(const struct flag_options *options);

/* The flags of each receive: none unless the user gave some. */
int receive_flags(const struct flag_options *options);

#endif
