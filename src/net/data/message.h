/*
 * Sending and receiving as the user asks: by which call, with which flags, scattered and gathered over which
 * lengths, with which ancillary data. Who asks for none of it uses send() and recv() and never comes here.
 */
#ifndef NET_DATA_MESSAGE_H
#define NET_DATA_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/name.h"
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
/* What recvmmsg(2) takes at most in one call. */
#define BATCH_MAX    8
/* Room for the ancillary data of one message, unless the user says how much. */
#define CONTROL_ROOM 1024

struct message_plan {
    int send_flags, receive_flags; /* as they are passed */
    enum send_call send;
    enum receive_call receive;
    size_t pieces[PIECES_MAX];
    size_t piece_count;  /* 0: what there is, in one */
    bool ancillary;      /* ask for ancillary data and tell it */
    size_t control_room; /* at most CONTROL_ROOM */
    int descriptors[DESCRIPTORS_MAX];
    size_t descriptor_count; /* sent with the first message: SCM_RIGHTS */
    bool credentials;        /* sent with each: SCM_CREDENTIALS */
    bool blocking;           /* without O_NONBLOCK, so that flags such as MSG_DONTWAIT mean something */
};

/* One socket under such a plan. */
struct message;

/* The owner calls message_close(); the descriptor is borrowed. NULL with errno. */
struct message *message_open(const struct message_plan *plan, struct sink *sink, int fd, unsigned conn,
    bool connected, size_t receive_size);
void message_close(struct message *message);

/* What a receive brought besides its result. */
struct received {
    size_t held;         /* bytes that the buffer holds */
    bool cut;            /* msg_flags has MSG_TRUNC, or the result says so */
    struct address from; /* length 0: the call does not tell, or nobody in particular */
};

/* As recv(2): bytes has room for the receive_size of message_open(). to: the peer, which on a connected
 * socket only sendto() names. */
ssize_t message_receive(struct message *message, void *bytes, struct received *received);
ssize_t message_send(struct message *message, const void *bytes, size_t length, const struct address *to);

/* Whether recvmmsg() has brought more already: the next message_receive() makes no call. */
bool message_waits(const struct message *message);

/* The C name of the call that receives, that sends. */
const char *message_receive_name(const struct message_plan *plan);
const char *message_send_name(const struct message_plan *plan);

#endif
