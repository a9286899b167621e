/* SPDX-License-Identifier: ISC */
/* The fields that --count-by takes, as bits, and the orders that --sort takes. */
#ifndef CMD_PEERINFO_COUNTS_H
#define CMD_PEERINFO_COUNTS_H

#include "base/name.h"

enum count_field {
    COUNT_STATE = 1 << 0,
    COUNT_PROGRAM = 1 << 1,
    COUNT_PORT = 1 << 2, /* the local one */
    COUNT_PEER = 1 << 3, /* its host */
    COUNT_PEER_PORT = 1 << 4,
    COUNT_USER = 1 << 5,
};
extern const struct name_table names_count;
extern const struct name_table names_order;

#endif
