/* SPDX-License-Identifier: ISC */
/* Finds out whether a peer that has sent FIN has closed its socket, or only half-closed. */
#ifndef NET_DATA_HOLDER_H
#define NET_DATA_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct conversation;

struct holder {
    int64_t at;    /* when to look next, ns of the watch; INT64_MAX: not set */
    int64_t delay; /* until the look after the next, ns */
    bool looked;   /* at least once */
    bool gone;     /* the peer's socket had no holder at the last look */
};

/* No look is due. */
struct holder holder_none(void);

/* Looks for the peer's socket and sets the time of the next look. The kernel knows who holds the socket of a
 * local peer; a remote peer is probed with keepalive, so that we notice if it vanished. The conversation is
 * done if it has no holder and nothing of ours is on its way there; `input_ready` means that stdin has more
 * to send, whose loss the kernel will report by EPIPE or ECONNRESET. */
void holder_look(struct holder *holder, struct conversation *conversation, bool input_ready);

#endif
