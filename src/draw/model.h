/* SPDX-License-Identifier: ISC */
/* The model of draw: the ends of conversations, and what each of them saw, sent and received. */
#ifndef DRAW_MODEL_H
#define DRAW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The end of the label of a segment that was sent again. */
#define DRAW_AGAIN " again"

#define DRAW_ADDRESS_MAX 128
#define DRAW_FDS         1024
#define DRAW_ENDS        64

enum draw_level { DRAW_STATES, DRAW_CALLS, DRAW_DATA };

/* What an item is to the arrows. Those of one half of the list are caused by their partners in the other. */
enum draw_what {
    DRAW_NOTE,       /* nothing: it stands on its lifeline alone */
    DRAW_SYN,        /* connect: */
    DRAW_CONNECTED,  /* the handshake is over for the connecting end */
    DRAW_ACCEPTED,   /* accept returned it */
    DRAW_SEND,       /* bytes from..to of the stream, or one datagram */
    DRAW_RECEIVE,    /* the same */
    DRAW_FIN,        /* shutdown or close: no bytes after from */
    DRAW_EOF,        /* the end that came */
    DRAW_BROKEN,     /* ECONNRESET, EPIPE */
    DRAW_REFUSED,    /* ECONNREFUSED of connect */
    DRAW_SILENT,     /* ETIMEDOUT of connect */
    DRAW_PACKET_OUT, /* a captured segment */
    DRAW_PACKET_IN,
};

enum draw_form { FORM_PLAIN, FORM_URGENT, FORM_RESET, FORM_ZERO_WINDOW };

struct draw_item {
    struct draw_item *next; /* of its connection */
    int64_t time;           /* nanoseconds on the report's clock */
    size_t order;           /* in the reading, for items of one time */
    enum draw_what what;
    enum draw_form form;
    unsigned conn;             /* 0: of the whole end */
    uint64_t from, to;         /* offsets in the stream, or relative sequence numbers */
    uint64_t ack;              /* of a packet */
    bool datagram, again, bad; /* again: a retransmission; bad: to be seen at once */
    bool of_peer;              /* it happened at the other end of the connection */
    bool is_state;             /* the note is a state */
    bool syn, control;         /* a SYN; a SYN, FIN or RST */
    char *note;                /* on the lifeline, or NULL; ASCII */
    char *label;               /* on the arrow, or NULL; ASCII */
    const char *state;         /* TCP state after it, or NULL */
    int64_t lasted;            /* nanoseconds until a call returned, with that state; else 0 */
};

/* One connection or datagram peer of an end. */
struct draw_conn {
    unsigned conn;
    char local[DRAW_ADDRESS_MAX], peer[DRAW_ADDRESS_MAX];
    uint64_t sent, received; /* bytes that items account for */
    bool sends_shown, receives_shown, packets, ended, paired;
    bool inet;              /* its addresses are of the Internet */
    bool connecting;        /* no call that sends the SYN came yet */
    struct draw_item *syn;  /* the event of that, or NULL */
    struct draw_item *take; /* the last call that received, or NULL */
    struct draw_item *fin;  /* the first item that ended what it sends */
    struct draw_item *first, *last;
};

/* One report. */
struct draw_end {
    char program[80];    /* "sockctl listen" */
    int64_t pid;         /* 0: unknown */
    int64_t clock, wall; /* of its start, in nanoseconds; clock -1: unknown */
    char listening[DRAW_ADDRESS_MAX];
    bool wired;     /* it has packets */
    bool datagrams; /* its sockets have no end of data */
    bool calls;     /* it shows calls, which say what some events say again */
    struct draw_conn *conns;
    size_t conn_count;
    size_t whole;           /* the place of connection 0, and 1; 0: there is none */
    unsigned greatest;      /* of the numbers of connections */
    size_t paired;          /* each connection before that one is in a conversation */
    unsigned fds[DRAW_FDS]; /* the connection of a descriptor; 0: none yet */
    int last_fd;            /* of the last connect or accept */
    unsigned current;       /* the connection that an event named last */
};

struct draw_model {
    enum draw_level level;
    unsigned only;    /* connection that is wanted; 0: all */
    int64_t from, to; /* seconds of the report that are wanted, in nanoseconds */
    bool begun;       /* a start event came in this file */
    struct draw_end *ends[DRAW_ENDS];
    size_t end_count;
    size_t count; /* items */
};

/* Frees what the model owns. */
void draw_model_free(struct draw_model *model);

/* Adds the end of a report; NULL with errno (EMFILE: too many). */
struct draw_end *draw_end_add(struct draw_model *model);
/* The connection of that number, added if need be; NULL without memory. */
struct draw_conn *draw_conn_of(struct draw_end *end, unsigned conn);
/* Whether an end has the connection of that number. */
bool draw_model_has(const struct draw_model *model, unsigned conn);
/* Adds a zeroed item to a connection of the last end; NULL without memory. */
struct draw_item *draw_item_add(struct draw_model *model, enum draw_what what, unsigned conn, int64_t time);

/* A copy of text in which each byte that is not printable ASCII has become an escape; NULL without memory. */
char *draw_clean(const char *text);
/* The same of a formatted text. */
char *draw_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
