/* --send-flags and --recv-flags: the MSG_* flags of the calls that move data. */
#include "cmd/flag-options.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

/* clang-format off */
const struct option_row send_flag_rows[] = {
    {0, "send-flags", "MSG_*,...", "the flags of each send, instead of MSG_NOSIGNAL; 0: none", .type = OPTION_FLAGS, .offset = offsetof(struct flag_options, send), .names = &names_msg},
    {.type = OPTION_END},
};
const struct option_row recv_flag_rows[] = {
    {0, "recv-flags", "MSG_*,...", "the flags of each receive", .type = OPTION_FLAGS, .offset = offsetof(struct flag_options, receive), .names = &names_msg},
    {.type = OPTION_END},
};
/* clang-format on */

int send_flags_begin(const struct flag_options *options)
{
    if (options->send < 0)
        return MSG_NOSIGNAL;
    if (!(options->send & MSG_NOSIGNAL))
        signal(SIGPIPE, SIG_DFL);
    return (int)options->send;
}

int receive_flags(const struct flag_options *options)
{
    return options->receive < 0 ? 0 : (int)options->receive;
}
