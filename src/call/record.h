/* SPDX-License-Identifier: ISC */
/* What the files of the call layer share: one call as it is reported. */
#ifndef CALL_RECORD_H
#define CALL_RECORD_H

#include "report/event.h"

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

/* Reports a transfer at LEVEL_DATA, with a preview, escaped by vis(3), of the bytes that moved. asked: how
 * many were to move; rest: the arguments after them, as in C, with a leading comma. Keeps errno. */
void call_transfer_emit(struct sink *sink, const char *name, int fd, int64_t began, ssize_t result,
    const void *bytes, size_t asked, const char *rest);

#endif
