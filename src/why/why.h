/*
 * Why a call failed: the cause, judged from what the kernel tells anyone, with its evidence.
 *
 * It never guesses: where the evidence does not decide, the text says what is known. Nothing is asked before
 * something failed, nor when nobody listens.
 */
#ifndef WHY_WHY_H
#define WHY_WHY_H

#include "why/failure.h"
#include "report/event.h"

/* Emits a `why` event for each cause found: to be called right after the `failed` event. errno is kept. */
void why_emit(struct sink *sink, const struct failure *failure);

/*
 * What is worth knowing of a connection that did come about: that it is connected to itself, or that the
 * handshake took retransmissions. Emits `warning` events with the cause's code. tcpinfo may be empty. errno
 * is kept.
 */
void why_connected(struct sink *sink, unsigned conn, const struct address *local, const struct address *peer,
    const struct tcpinfo *tcpinfo);

#endif
