/* SPDX-License-Identifier: ISC */
/* Where the time of a connect went, from its lookup to the end of the connection. */
#ifndef NET_WATCH_TIMES_H
#define NET_WATCH_TIMES_H

#include "base/address.h"
#include "net/watch/timing.h"
#include "report/event.h"

/* Nanoseconds; -1: there was none. Zeroed: nothing is known, as of a connection that came from the peer. */
struct times {
    int64_t began;      /* clock_now() before the first lookup; 0: nothing is known */
    int64_t resolve;    /* the lookup; of --retry the last one */
    int64_t first_byte; /* from began to the first byte of the peer */
    bool connected;     /* timing is that of the attempt that succeeded */
    struct timing timing;
    unsigned attempt, attempts; /* which one succeeded, from 1; and how many were begun */
    bool shown;                 /* --times */
};

struct times times_begin(bool shown);

/* Notes that something came from the peer: only the first time counts. */
void times_received(struct times *times);

/* Emits `times`: as JSON, and as text if the user asked for it. peer may be NULL. */
void times_emit(struct sink *sink, unsigned conn, const struct address *peer, const struct times *times);

/* The fields of `times` and of `closed`, absent if they are not known. */
struct times_fields {
    struct field resolve, connect, measure, attempt, attempts, resent, late, first_byte, total;
};
/* text: without what a person can do without. */
struct times_fields times_fields(const struct times *times, bool text);
#define F_TIMES_OF(fields)                                                                                   \
    (fields).resolve, (fields).connect, (fields).measure, (fields).attempt, (fields).attempts,               \
        (fields).resent, (fields).late, (fields).first_byte, (fields).total

#endif
