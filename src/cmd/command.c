/* SPDX-License-Identifier: ISC */
/* The list of commands. */
#include "cmd/command.h"

const struct command *const commands[] = {
    &command_listen,
    &command_connect,
    &command_resolve,
    &command_reverse,
    &command_peerinfo,
    &command_oob_send,
    &command_oob_recv,
    &command_draw,
    NULL,
};
