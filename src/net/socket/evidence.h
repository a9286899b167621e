/* SPDX-License-Identifier: ISC */
/* Evidence from a socket whose call failed, collected before it is closed. */
#ifndef NET_SOCKET_EVIDENCE_H
#define NET_SOCKET_EVIDENCE_H

#include "why/failure.h"
#include "report/event.h"

/*
 * Fills failure->evidence from fd, and type and local if they are not set. Call it after reading SO_ERROR,
 * which reading the error queue clears. Does nothing if the sink does not report causes, or fd is -1. Keeps
 * errno.
 */
void evidence_collect(struct sink *sink, int fd, struct failure *failure);

/* Collects the evidence for a failure and closes fd (reported). Returns -1. */
int failure_close(struct sink *sink, int *fd, struct failure *failure);

#endif
