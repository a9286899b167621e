/* SPDX-License-Identifier: ISC */
/*
 * Why a call failed: the cause, judged from what the kernel shows to anyone, with its evidence.
 *
 * A cause is certain, or its text says "or". Nothing is asked before a call has failed, or if the sink does
 * not want the answer.
 */
#ifndef WHY_WHY_H
#define WHY_WHY_H

#include "why/failure.h"
#include "report/event.h"

/* Emits a `why` event for each cause found; call it right after the `failed` event. Keeps errno. */
void why_emit(struct sink *sink, const struct failure *failure);

/* Emits as a `warning` what an exchange waited for when a signal ended it: it is described by a failure that
 * is not reported. Only what a process of this host has to do is known. Keeps errno. */
void why_stopped(struct sink *sink, const struct failure *failure);

/*
 * Emits `warning` events, with the cause's code, about a connection that did come about: it is connected to
 * itself, or the handshake took retransmissions. tcpinfo may be empty. Keeps errno.
 */
void why_connected(struct sink *sink, unsigned conn, const struct address *local, const struct address *peer,
    const struct tcpinfo *tcpinfo);

#endif
