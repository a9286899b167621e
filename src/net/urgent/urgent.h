/* SPDX-License-Identifier: ISC */
/* Urgent (out-of-band) data of a stream: sent in segments, and received without destroying a byte or losing
 * one silently. See tcp(7), RFC 9293 section 3.8.5 and RFC 6093. */
#ifndef NET_URGENT_URGENT_H
#define NET_URGENT_URGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "why/failure.h"
#include "net/urgent/notice.h"
#include "net/watch/context.h"

/* Data for one or more send(2) calls: with MSG_OOB its last byte is the urgent one. */
struct urgent_segment {
    const char *bytes;
    size_t length;
    bool urgent;
    bool more; /* MSG_MORE: may share a TCP segment with what follows */
};

/* A connection on which segments are sent. */
struct urgent_sender {
    const struct context *context;
    struct sink *sink;
    int fd;    /* borrowed, non-blocking */
    int flags; /* for each send, besides MSG_OOB and MSG_MORE */
    unsigned conn;
    struct address peer, local;
    uint64_t sent;
    struct failure failure;
};

/* Sends all of a segment, waiting while the socket is full, and reports each send. 0, -1 with
 * sender->failure, or the number of the signal that stopped it. */
int urgent_segment_send(struct urgent_sender *sender, const struct urgent_segment *segment);

#define LATE_AT_EOF INT64_MAX

struct urgent_plan {
    enum notify notify;
    bool inlined;         /* SO_OOBINLINE is on: the byte is in the stream */
    bool peek;            /* look with MSG_PEEK before each read */
    int64_t late;         /* begin to read after this long, or at EOF if that is sooner; -1: at once */
    size_t chunk;         /* the most that one read returns */
    int flags;            /* for each recv, besides MSG_OOB and MSG_PEEK */
    int64_t idle_timeout; /* -1: none */
};

/* An urgent byte that was read, and what was known just before. */
struct urgent_byte {
    char byte;
    bool peeked;     /* MSG_PEEK returned it first */
    int atmark, inq; /* sockatmark() and SIOCINQ */
};

/* A connection from which urgent data is received. */
struct urgent_stream {
    const struct urgent_plan *plan;
    const struct context *context;
    struct sink *sink;
    int fd; /* owned: closed by urgent_receive() */
    unsigned conn;
    struct address peer, local;
    int64_t began;              /* clock_now() */
    int64_t active;             /* watch_now() at the last byte or notice */
    unsigned tries;             /* reads in a row that brought nothing */
    uint64_t received, dropped; /* dropped: urgent bytes reported as lost */
    struct failure failure;
    bool is_tcp;
    bool held;   /* an urgent byte was read and not reported yet: its place in the stream is not reached */
    bool taken;  /* an urgent byte was read, and nothing after it: TCP's mark reports this too, a unix
                  * socket's does not */
    bool marked; /* --inline: the reported mark is not passed yet */
    struct urgent_byte byte;
    char *buffer; /* plan->chunk bytes */
};

/* Receives until the end of the stream and closes: emits notice, data, oob, urgent-lost, eof and
 * closed, with the bytes in the order in which they were sent. 0 done, -1 with stream->failure, or the
 * number of a signal. */
int urgent_receive(struct urgent_stream *stream);

/* Implements plan->late; reports urgent bytes superseded meanwhile. 0, the number of a signal, or -1 with
 * errno and the call that failed. */
int urgent_wait_late(struct urgent_stream *stream, const char **call);

#endif
