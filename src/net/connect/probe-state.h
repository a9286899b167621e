/* SPDX-License-Identifier: ISC */
/* What a probe finds a port to be. */
#ifndef NET_CONNECT_PROBE_STATE_H
#define NET_CONNECT_PROBE_STATE_H

enum probe_state {
    PROBE_UNKNOWN,     /* not known yet */
    PROBE_OPEN,        /* connected; UDP: answered */
    PROBE_CLOSED,      /* RST; UDP: ICMP port unreachable from the target itself */
    PROBE_FILTERED,    /* no answer in time */
    PROBE_UNREACHABLE, /* ICMP, or an errno of this host */
    PROBE_SILENT,      /* UDP: no answer, which proves nothing */
    PROBE_STATES
};

/* As they are reported; NULL for PROBE_UNKNOWN. */
extern const char *const probe_state_words[PROBE_STATES];

#endif
