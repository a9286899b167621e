/* Moves bytes between a connected stream socket and stdin/stdout (or the other ends of --io), until both
 * directions have ended. The rules of how a conversation ends are the table in sockctl(1). */
#ifndef NET_DATA_RELAY_H
#define NET_DATA_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "why/failure.h"
#include "net/data/message.h"
#include "net/watch/follow.h"
#include "net/data/second.h"
#include "net/watch/watch.h"
#include "report/event.h"

enum io_mode {
    IO_STDIO,  /* stdin to the socket, the socket to stdout */
    IO_ECHO,   /* everything back */
    IO_SOURCE, /* bytes of our own, then drop what comes */
    IO_SINK,   /* drop what comes */
    IO_HOLD,   /* neither read nor write */
};

/* What becomes of urgent (out-of-band) bytes. */
enum urgent_mode {
    URGENT_REPORT,  /* read beside the stream, and told */
    URGENT_INLINE,  /* SO_OOBINLINE: they are part of the stream */
    URGENT_DISCARD, /* nobody asks: the kernel drops them */
};

/* Bytes of all conversations of a plan. */
struct relay_totals {
    uint64_t sent, received;
};

/* Read only while it runs. Times are nanoseconds, -1: never. */
struct relay_plan {
    enum io_mode io;
    uint64_t source_bytes; /* of IO_SOURCE; UINT64_MAX: without end */
    int input, output;     /* stdin and stdout; input -1: not read (-d, -k) */
    bool no_shutdown;      /* no FIN when stdin ends */
    bool peer_eof_ends;    /* --peer-eof end, or stdin is a terminal */
    bool crlf;
    bool hexdump;
    int64_t quit_after, idle_timeout, interval;
    uint64_t receives;    /* stop after so many; 0: no limit */
    short receive_events; /* of poll: POLLIN, with POLLPRI where urgent bytes are to be reported */
    size_t chunk;         /* the most that one call moves */
    const struct message_plan *message; /* what the user asks of each send and receive; NULL: nothing */
    bool keeps;                         /* what is received goes somewhere */
    bool messages;                      /* SOCK_SEQPACKET: what is sent at once is received at once */
    size_t stride;               /* the most that one call moves past our buffers (shortcut.h); 0: none may */
    bool no_delay;               /* TCP_NODELAY before the first send */
    size_t receive_size;         /* the most that one receive takes: chunk, or room for a message */
    int shutdown_how;            /* what ends our sending: SHUT_WR, or the HOW of --shutdown */
    int64_t linger;              /* SO_LINGER before close; 0 resets */
    int stop_fd;                 /* readable: the user wants an end */
    struct relay_totals *totals; /* counted where it is not NULL */
    struct watch_list *watch;    /* served meanwhile; the clock of the limits */
    struct follow *follow;       /* follows each connection; NULL: nobody does */
};

/* Bytes on their way: [start, end) of bytes, which is allocated when first needed. */
struct buffer {
    char *bytes;
    size_t start, end, size;
};

/* One stream connection under way. */
struct conversation {
    const struct relay_plan *plan;
    struct sink *sink;
    int fd; /* owned; -1 after conversation_close() */
    unsigned conn;
    struct address peer, local;
    int64_t began, active;                   /* clock_now() of the start, watch_now() of the last byte */
    uint64_t sent, received, receives, left; /* left: what IO_SOURCE has yet to send */
    uint64_t urgent;                         /* bytes read beside the stream */
    struct buffer up, down;                  /* to the socket; to the output */
    bool input_ended;                        /* nothing more will come to send */
    bool sending_over;                       /* FIN sent, or nothing can be sent any more */
    bool shut_down;                          /* shutdown(2) was called */
    bool peer_eof;                           /* nothing more will come from the peer */
    bool done;                               /* ends now whatever the other direction does */
    bool after_cr;                           /* the last byte read from the input was CR */
    bool send_prepared;                      /* what comes before the first send is done */
    struct message *message;                 /* of plan->message; NULL: plain send() and recv() */
    struct second second;   /* another descriptor of the same socket, made by the caller; zeroed: none */
    struct failure failure; /* phase is PHASE_NONE until something failed */
};

void conversation_begin(struct conversation *conversation, const struct relay_plan *plan, struct sink *sink,
    int fd, unsigned conn, const struct address *peer, const struct address *local);

/* Reads from the socket what fits; true when something moved or ended. */
bool conversation_receive(struct conversation *conversation);

/* Reads and tells the urgent byte, where there is one and the plan wants it; to be called when POLLPRI was
 * seen, and before a conversation_receive() that no poll() comes right before, for that would destroy the
 * byte. */
void conversation_urgent(struct conversation *conversation);

/* At the peer's EOF: tells of the urgent bytes that were lost before anybody could read them, where the plan
 * wants it. */
void conversation_urgent_end(struct conversation *conversation);

/* Sends what waits; true when something moved or ended. */
bool conversation_send(struct conversation *conversation);

/* Whether there is something to send. */
bool conversation_has_output(const struct conversation *conversation);

/* Whether both directions have ended. */
bool conversation_over(const struct conversation *conversation);

/* POLLERR or POLLHUP came while nothing is read: takes the socket's error, which ends it like a hang-up. */
void conversation_check(struct conversation *conversation, bool hung_up);

/* Nothing has moved for too long; call: what waited. */
void conversation_time_out(struct conversation *conversation, const char *call);

/* The events and the close of the end; frees the buffers. */
void conversation_close(struct conversation *conversation);

/* Notes that stdin has ended, which half-closes as soon as all is sent. */
void conversation_input_end(struct conversation *conversation);

/* Puts bytes of the input up for sending. The buffer is empty when this is called; bytes are copied. */
void conversation_take_input(struct conversation *conversation, const char *bytes, size_t length);

/* For those who move the bytes themselves (shortcut.c): what precedes the first send; the count of what
 * moved; a connection that failed in CALL, errno saying why. */
void conversation_send_prepare(struct conversation *conversation);
void conversation_sent(struct conversation *conversation, size_t length);
void conversation_received(struct conversation *conversation, size_t length);
void conversation_send_fail(struct conversation *conversation, const char *call);
void conversation_receive_fail(struct conversation *conversation, const char *call);

/* Runs one conversation with stdin and stdout to its end and closes it. 0 done, -1 with
 * conversation->failure, or the number of the signal that the user stopped it with (from stop_fd), SIGPIPE
 * when stdout's reader is gone. */
int relay_run(struct conversation *conversation);

#endif
