/* What a socket whose call failed can still tell, taken before it is closed. */
#ifndef NET_SOCKET_EVIDENCE_H
#define NET_SOCKET_EVIDENCE_H

#include "why/failure.h"
#include "report/event.h"

/*
 * Fills failure->evidence, and type and local where they are not set, from fd. To be called after SO_ERROR
 * was read, as reading the error queue clears it. Does nothing when the sink would not say why, or fd is -1.
 * errno is kept.
 */
void evidence_collect(struct sink *sink, int fd, struct failure *failure);

/* failure_fill, and fd closed (reported) with errno kept. Returns -1. */
int failure_close(struct sink *sink, int *fd, struct failure *failure, enum failure_phase phase,
    const char *call, const struct address *address, int64_t began);

#endif
