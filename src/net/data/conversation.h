/* SPDX-License-Identifier: ISC */
/* One stream connection under way: what it receives and sends, and how it ends. */
#ifndef NET_DATA_CONVERSATION_H
#define NET_DATA_CONVERSATION_H

#include "net/data/relay.h"
#include "net/data/second.h"
#include "net/watch/connection.h"
#include "net/watch/context.h"
#include "net/watch/follow.h"

/* Bytes under way: [start, end) of bytes, which is allocated on first use. */
struct buffer {
    char *bytes;
    size_t start, end, size;
};

/* One stream connection under way. */
struct conversation {
    const struct relay_plan *plan;
    const struct context *context;
    struct sink *sink;
    int fd; /* owned; -1 after conversation_close() */
    unsigned conn;
    struct address peer, local;
    struct times times;                      /* of the connect */
    int64_t began, active;                   /* clock_now() at the start, watch_now() at the last byte */
    uint64_t sent, received, receives, left; /* left: what IO_SOURCE still has to send */
    uint64_t urgent;                         /* bytes read beside the stream */
    struct buffer up, down;                  /* to the socket; to the output */
    bool input_ended;                        /* there is no more input to send */
    bool sending_over;                       /* FIN was sent, or sending is no longer possible */
    bool shut_down;                          /* shutdown(2) was called */
    bool peer_eof;                           /* the peer has finished sending */
    bool done;                               /* ends now, whatever the other direction does */
    bool after_cr;                           /* the last byte read from the input was CR */
    bool deferred;                           /* no SYN was sent, or none answered, as far as is known */
    bool send_prepared;                      /* conversation_send_prepare() was called */
    struct message *message;                 /* for plan->message; NULL: plain send() and recv() */
    unsigned receive_tries, send_tries;      /* in a row that moved nothing */
    struct second second;   /* another descriptor of the same socket, made by the caller; zeroed: none */
    struct failure failure; /* phase is PHASE_NONE while nothing has failed */
};

/* The conversation owns the descriptor from now on. */
void conversation_begin(struct conversation *conversation, const struct relay_plan *plan,
    const struct context *context, const struct connection *connection);

/* Reads from the socket as much as fits; true if bytes moved or the direction ended. */
bool conversation_receive(struct conversation *conversation);

/* Reads and reports the urgent byte, if there is one and the plan wants it. Call it after POLLPRI, and before
 * any conversation_receive() not directly preceded by poll(), which would destroy the byte. */
void conversation_urgent(struct conversation *conversation);

/* At the peer's EOF: reports the urgent bytes that were lost before they could be read, if the plan
 * wants it. */
void conversation_urgent_end(struct conversation *conversation);

/* Sends what is buffered; true if bytes moved or the direction ended. */
bool conversation_send(struct conversation *conversation);

/* Whether there is something to send. */
bool conversation_has_output(const struct conversation *conversation);

/* Whether both directions have ended. */
bool conversation_over(const struct conversation *conversation);

/* Takes the socket's error after a POLLERR or POLLHUP while nothing is read; it ends the conversation like a
 * hang-up. */
void conversation_check(struct conversation *conversation, bool hung_up);

/* Empties the error queue: POLLERR may only announce something there, a MSG_ZEROCOPY acknowledgement or a
 * timestamp. False if it was empty. */
bool conversation_announced(struct conversation *conversation);

/* Ends the conversation because nothing has moved for too long; call names the call that waited. */
void conversation_time_out(struct conversation *conversation, const char *call);

/* A signal or -q has ended it: warns about what it still waited for, if that is certain. */
void conversation_stopped(struct conversation *conversation);

/* Emits the last events, closes the socket and frees the buffers. */
void conversation_close(struct conversation *conversation);

/* Notes that stdin has ended; the half-close follows as soon as everything is sent. */
void conversation_input_end(struct conversation *conversation);

/* Takes input bytes for sending, by copying them. The buffer must be empty. */
void conversation_take_input(struct conversation *conversation, const char *bytes, size_t length);

/* For shortcut.c, which moves the bytes itself: what precedes the first send; the count of bytes moved; and a
 * connection that failed in the given call, with errno. */
void conversation_send_prepare(struct conversation *conversation);
void conversation_sent(struct conversation *conversation, size_t length);
void conversation_received(struct conversation *conversation, size_t length);
void conversation_send_fail(struct conversation *conversation, const char *call);
void conversation_receive_fail(struct conversation *conversation, const char *call);

/* For TCP_FASTOPEN_CONNECT: notes whether the SYN has yet to go out, false if no data will ever take it
 * along; emits `connected` once the state says so; whether a half-close has to wait for the handshake, which
 * it would abort. */
bool conversation_deferred_begin(struct conversation *conversation);
void conversation_deferred_look(struct conversation *conversation);
bool conversation_deferred_wait(struct conversation *conversation);

/* For the other files of a conversation. The first failure counts: phase, call and errno. */
void conversation_fail(struct conversation *conversation, enum failure_phase phase, const char *call);

/* Ends it: a SYN that waited for the first data will never go out. */
void conversation_nothing_sent(struct conversation *conversation);

/* Room for size bytes in an empty buffer of the conversation, which ends if memory runs out. */
bool conversation_buffer(struct conversation *conversation, struct buffer *buffer, size_t size);

static inline bool buffer_is_empty(const struct buffer *buffer)
{
    return buffer->start == buffer->end;
}

/* --hexdump of bytes that were sent or received. */
void conversation_dump(struct conversation *conversation, const char *direction, uint64_t offset,
    const void *bytes, size_t length);

#endif
