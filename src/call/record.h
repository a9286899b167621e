/* SPDX-License-Identifier: ISC */
/* What the files of the call layer share: one call as it is reported. */
#ifndef CALL_RECORD_H
#define CALL_RECORD_H

#include <sys/types.h>

#include "base/number.h"
#include "report/event.h"

/* The start time of a call; 0 if it will not be reported. */
static inline int64_t call_began(const struct sink *sink, enum event_kind kind)
{
    return sink_wants(sink, kind) ? clock_now() : 0;
}

struct call {
    const char *name, *args; /* args as in C */
    int fd;                  /* -1: none */
    unsigned conn;           /* of the connection; 0: as sink_connection() has it for fd */
    int64_t began;           /* clock_now() before the call */
    long result;
    int error;            /* errno after it */
    bool stateful;        /* the call may change the TCP state of fd */
    struct field revents; /* of poll */
};

/* Emits the event and sets errno to call->error again. */
void call_record_emit(struct sink *sink, enum event_kind kind, const struct call *call);

/* A call that moves bytes between a descriptor and a buffer. */
struct transfer {
    const char *name;
    int fd;
    int64_t began;
    ssize_t result;
    const void *bytes;
    size_t asked; /* how many were to move */
};

/* Reports a transfer at LEVEL_DATA, with a preview, escaped by vis(3), of the bytes that moved. rest: the
 * arguments after them, as in C, with a leading comma. Keeps errno. */
void call_transfer_emit(struct sink *sink, const struct transfer *transfer, const char *rest);

#endif
