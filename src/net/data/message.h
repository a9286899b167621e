/* SPDX-License-Identifier: ISC */
/*
 * Sends and receives as the user asked: by which call, with which flags, pieces and ancillary data. Without
 * any of these, send() and recv() are used directly.
 */
#ifndef NET_DATA_MESSAGE_H
#define NET_DATA_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/name.h"
#include "net/data/peers.h"
#include "net/data/pktinfo.h"
#include "net/socket/ancillary.h"
#include "report/event.h"

enum receive_call {
    RECEIVE_RECV,
    RECEIVE_READ,
    RECEIVE_RECVFROM,
    RECEIVE_RECVFROM_NULL, /* with NULL for the address */
    RECEIVE_RECVMSG,
    RECEIVE_RECVMMSG,
};
extern const struct name_table
    names_receive_call; /* recv, read, recvfrom, recvfrom-null, recvmsg, recvmmsg */

enum send_call {
    SEND_SEND,
    SEND_WRITE,
    SEND_SENDTO,
    SEND_SENDTO_NULL,
    SEND_SENDMSG,
};
extern const struct name_table names_send_call; /* send, write, sendto, sendto-null, sendmsg */

#define PIECES_MAX   1024 /* IOV_MAX of Linux */
/* The most messages one recvmmsg(2) reads. */
#define BATCH_MAX    8
/* Default room for the ancillary data of one message. */
#define CONTROL_ROOM 1024

struct message_plan {
    int send_flags, receive_flags; /* as passed to the calls */
    enum send_call send;
    bool send_chosen; /* by the user: else an answer that needs ancillary data is sent by sendmsg() */
    enum receive_call receive;
    size_t pieces[PIECES_MAX];
    size_t piece_count;                  /* 0: one piece for everything */
    bool ancillary;                      /* ask for ancillary data and report it */
    size_t control_room;                 /* at most CONTROL_ROOM */
    bool hides_pktinfo4, hides_pktinfo6; /* the user did not ask for IP_PKTINFO, IPV6_PKTINFO */
    int descriptors[DESCRIPTORS_MAX];
    size_t descriptor_count; /* sent with the first message, by SCM_RIGHTS */
    bool stamps;             /* report when what is received came in */
    bool credentials;        /* sent with each message, by SCM_CREDENTIALS */
    bool blocking;           /* without O_NONBLOCK, so that flags such as MSG_DONTWAIT have an effect */
};

/* A socket used under such a plan. */
struct message;

/* peers: NULL if the socket is connected, else conn is 0, and what is reported of a message has the number
 * that its sender has there. The caller closes it with message_close(); the descriptor and peers are
 * borrowed. NULL with errno on failure. */
struct message *message_open(const struct message_plan *plan, struct sink *sink, int fd, unsigned conn,
    struct peers *peers, size_t receive_size);
void message_close(struct message *message);

/* The result of a receive besides its return value. */
struct received {
    bool cut;            /* msg_flags has MSG_TRUNC, or the return value shows it */
    bool is_message;     /* certainly not the end of the connection, though it has no bytes */
    bool is_end;         /* certainly the end: nothing was reported */
    struct address from; /* length 0: the call does not return it, or the sender is unnamed */
    struct pktinfo pktinfo;
    unsigned conn; /* the sender's number among the peers of message_open(); 0: there are none */
    bool fresh;    /* it is new there */
};

/* As recv(2): bytes has room for the receive_size of message_open(). to is the peer, which only sendto()
 * names on a connected socket; pktinfo is NULL, or where an answer has to leave from. */
ssize_t message_receive(struct message *message, void *bytes, struct received *received);
ssize_t message_send(struct message *message, const void *bytes, size_t length, const struct address *to,
    const struct pktinfo *pktinfo);

/* On SOCK_SEQPACKET a receive of 0 bytes is an empty message or the end; whether it was the former. At the
 * end nothing else is queued. */
bool message_was_empty(struct sink *sink, int fd);

/* Whether recvmmsg() has already returned more: the next message_receive() then makes no call. */
bool message_waits(const struct message *message);

/* The C names of the calls that receive and send. */
const char *message_receive_name(const struct message_plan *plan);
const char *message_send_name(const struct message_plan *plan);

#endif
