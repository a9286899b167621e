/* SPDX-License-Identifier: ISC */
/* Captures TCP segments with libpcap, loaded on demand: linking it would double the start-up time. */
#ifndef KERNEL_WIRE_H
#define KERNEL_WIRE_H

#include "kernel/segment.h"

struct wire;

/* Loads the library and begins to capture the TCP segments of all interfaces. NULL, with a sentence in error,
 * if the library or the right (CAP_NET_RAW) is missing, or the program was built without it. */
struct wire *wire_open(char *error, size_t size);
void wire_close(struct wire *wire);

/* Restricts the capture to segments from or to a port. False if the filter does not compile. */
bool wire_filter(struct wire *wire, int port);

/* A descriptor that is readable when segments have arrived. */
int wire_fd(const struct wire *wire);

/* Calls take for each segment that has arrived; when: CLOCK_MONOTONIC in nanoseconds. A segment on loopback
 * counts once. False if the capture is broken: no more will come, and wire_error() says why. */
bool wire_read(struct wire *wire, void (*take)(void *data, const struct wire_segment *segment, int64_t when),
    void *data);

const char *wire_error(const struct wire *wire);

/* How many segments the kernel had no room for. */
unsigned wire_drops(struct wire *wire);

#endif
