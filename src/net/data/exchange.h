/* SPDX-License-Identifier: ISC */
/* One exchange of datagrams as it runs: what datagrams.c (receiving, and when it ends) and datagrams-send.c
 * share. */
#ifndef NET_DATA_EXCHANGE_H
#define NET_DATA_EXCHANGE_H

#include "call/output.h"
#include "net/data/datagrams.h"
#include "net/data/peers.h"

/* After stdin ends, a client waits for answers until none has come for this long. */
#define ANSWER_TIME NS_PER_S

struct exchange {
    struct datagrams *datagrams;
    const struct relay_plan *plan;
    const struct context *context;
    struct sink *sink;
    struct message *message; /* for plan->message; NULL: plain calls */
    struct peers peers;
    struct output output;
    char *input, *received;
    const char *pending; /* the next datagram to send, in one of the buffers; NULL: none */
    size_t pending_length;
    bool input_ended, over;
    bool unanswerable;     /* a sender without a name came to a listener */
    bool rejected;         /* an ICMP error came for all that was sent: no more is waited for */
    int64_t doubted_until; /* such an error came, and stdin may have ended: its end is awaited; or 0 */
    bool after_cr;         /* of -C: the last byte read was CR */
    uint64_t receives, left;
    int64_t began, active, gap_until;
    int send_error;  /* why the pending datagram could not be sent yet; 0: it was not tried */
    unsigned errors; /* of earlier datagrams that the sends of the pending one have returned */
    unsigned receive_tries, send_tries, input_tries; /* in a row that moved nothing */
    int signal;
};

/* Ends it with a failure of call, errno saying why; with the socket's evidence if that may have any. */
void exchange_fail(struct exchange *exchange, enum failure_phase phase, const char *call, const char *name);

/* A signal has ended it: warns about what a datagram still waited for, if that is certain. */
void exchange_stopped(struct exchange *exchange);

/* --hexdump of one datagram. */
void exchange_dump(struct exchange *exchange, unsigned conn, const char *direction,
    const struct address *peer, const void *bytes, size_t length);

/* Puts a datagram up for sending, and sends it if there is room. bytes: in a buffer of the exchange. */
void pending_set(struct exchange *exchange, const char *bytes, size_t length);
void pending_send(struct exchange *exchange);

/* The next datagram: one read of stdin, or one of --io source. */
void input_take(struct exchange *exchange);
void source_send(struct exchange *exchange);

/* Whether an error that a receive brought is the network's answer to what was sent, all of which has gone. */
bool is_rejection(const struct exchange *exchange, int error);

/* After exchange_fail() for such an error: a failure only if there is more to be sent. */
void rejection_note(struct exchange *exchange);

#endif
