/* Captures TCP segments with libpcap, which is loaded when it is asked for: linked, it would double the
 * start-up. */
#ifndef KERNEL_WIRE_H
#define KERNEL_WIRE_H

#include "kernel/segment.h"

struct wire;

/* Loads the library and begins to capture the TCP segments of all interfaces. NULL with a sentence in error
 * where the library or the right (CAP_NET_RAW) is missing, or this program was built without. */
struct wire *wire_open(char *error, size_t size);
void wire_close(struct wire *wire);

/* Only segments from or to a port from now on. False where the filter does not compile. */
bool wire_filter(struct wire *wire, int port);

/* Readable when segments are there. */
int wire_fd(const struct wire *wire);

/* Hands out what is there; when: CLOCK_MONOTONIC in nanoseconds. On loopback each segment is handed out once.
 * False where the capture is broken: no more will come, and wire_error() says why. */
bool wire_read(struct wire *wire, void (*take)(void *data, const struct wire_segment *segment, int64_t when),
    void *data);

const char *wire_error(const struct wire *wire);

/* How many the kernel had no room for. */
unsigned wire_drops(struct wire *wire);

#endif
