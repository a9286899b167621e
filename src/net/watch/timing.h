/* SPDX-License-Identifier: ISC */
/* How long a connect took: the network, and this program. */
#ifndef NET_WATCH_TIMING_H
#define NET_WATCH_TIMING_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds. */
struct timing {
    int64_t elapsed; /* from the SYN to its answer */
    int64_t late;    /* until this program noticed the answer; 0: not known, or not worth a word */
    unsigned resent; /* SYNs beyond the first */
    bool by_kernel;  /* elapsed is from TCP_INFO, not from this program's clock */
};

/*
 * The time of a connect that began at `began` and whose end was seen at `now`, both of clock_now(). Where the
 * kernel has timed the handshake (TCP_INFO of a connected fd), that counts, so that a program that is not
 * scheduled does not look like a slow network. Where a SYN was lost, where there is no connection, and for
 * UDP, it is the time that the program saw. fd: -1 for these.
 */
struct timing timing_of(int fd, int64_t began, int64_t now);

/* The same of an answer that the kernel has stamped: arrived is of CLOCK_REALTIME, 0 if it has not. */
struct timing timing_of_arrival(int64_t began, int64_t arrived, int64_t now);

#endif
