/* SPDX-License-Identifier: ISC */
/* The same ports probed again and again: which state each had for how long, and what the times come to. */
#ifndef NET_CONNECT_SERIES_H
#define NET_CONNECT_SERIES_H

#include "base/address.h"
#include "base/number.h"
#include "net/connect/probe-state.h"
#include "report/event.h"

struct series_change {
    char wall[WALL_TEXT_MAX];
    enum probe_state from, to;
};

/* Of one port of one address. */
struct series {
    struct address address;
    enum probe_state state; /* of the last probe */
    int64_t since;          /* clock_now() when it began to have it */
    enum probe_state was;   /* of the probe before, if the last one changed it; else PROBE_UNKNOWN */
    int64_t lasted;         /* nanoseconds for which it had that one */
    unsigned count[PROBE_STATES];
    uint32_t *times; /* as of spread_of(): one a probe */
    size_t probes;
    struct series_change *changes;
    size_t change_count;
};

/* Zeroed but for began before the first probe; series_free() in the end. */
struct series_list {
    struct series *items;
    size_t count;
    size_t next;   /* where the next one is expected, for they come in order */
    bool changed;  /* since the caller cleared it, a probe was the first or differed from its last */
    int error;     /* errno: probes are missing, or 0 */
    int64_t began; /* clock_now() */
};

void series_free(struct series_list *list);

/* Adds the result of a probe of address. elapsed: nanoseconds. NULL, and list->error, without memory. */
const struct series *series_note(struct series_list *list, const struct address *address,
    enum probe_state state, int64_t elapsed, const char *wall);

/* Emits a `summary` for each port. */
void series_emit(struct sink *sink, const struct series_list *list);

#endif
