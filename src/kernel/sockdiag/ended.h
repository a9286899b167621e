/* SPDX-License-Identifier: ISC */
/* How a TCP connection ended, as far as the last word about it and an earlier look decide. */
#ifndef KERNEL_SOCKDIAG_ENDED_H
#define KERNEL_SOCKDIAG_ENDED_H

#include "kernel/sockdiag/seen.h"
#include "kernel/sockdiag/sockdiag.h"

enum ended {
    ENDED_UNKNOWN,
    ENDED_TIME_WAIT,       /* both ends sent a FIN, this one not after the peer's: TIME_WAIT goes on */
    ENDED_FIN_WAIT2,       /* closed here, the peer's FIN is still to come */
    ENDED_PEER_FIRST,      /* both ends sent a FIN, the peer first */
    ENDED_RESET,           /* by RST, which either end may have sent */
    ENDED_UNANSWERED,      /* by a timeout, or by RST when what was sent again had no answer so far */
    ENDED_NEVER_CONNECTED, /* the SYN was not acknowledged */
    ENDED_DISCONNECTED,    /* its program took the socket back: SO_LINGER 0, or connect() to AF_UNSPEC */
};

extern const struct name_table names_ended; /* "time-wait", … */

/* What is left of the connection at this end and of its other end on this host, as TCP states; 0: nothing. */
struct ended_left {
    int here, peer;
};

/* gone: as sockdiag_destroy_read() delivers it; seen: of the last look at it, or NULL. */
enum ended ended_how(
    const struct sockdiag_socket *gone, const struct seen_socket *seen, struct ended_left left);

/* Asks the kernel what is left of it. */
struct ended_left ended_left_of(const struct sockdiag_socket *gone, const struct seen_socket *seen);

#endif
